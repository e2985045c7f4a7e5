/**
 * What runs over a connection that `POST .../tasks/NAME/exec` was upgraded to (`Upgrade: dswarm-exec`): frames both ways, each of an
 * 8-byte header and a payload. The header is that of the Docker engine's streams: type, three zero bytes, payload length (big endian).
 *
 * Client to server: STDIN (empty: end of input), RESIZE (JSON {columns, rows}).
 * Server to client: STDOUT, STDERR (with a tty all is STDOUT), and at last one EXIT (JSON {code} or {error}), then the end.
 */
export const FRAME = { STDIN: 0, STDOUT: 1, STDERR: 2, RESIZE: 3, EXIT: 4 } as const;

export type FrameType = (typeof FRAME)[keyof typeof FRAME];

export const EXEC_PROTOCOL = 'dswarm-exec';

export interface Frame {
  type: number;
  payload: Buffer;
}

export type ExecExit = { code: number } | { error: string };

const HEADER = 8;

export function encodeFrame(type: FrameType, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt8(type, 0);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

/** Takes chunks cut anywhere, gives the frames that are complete. A frame above the limit throws: what comes is no such stream. */
export function createFrameDecoder(limit = 16 * 1024 * 1024): (chunk: Uint8Array) => Frame[] {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const frames: Frame[] = [];
    while (rest.length >= HEADER) {
      const length = rest.readUInt32BE(4);
      if (length > limit) throw new Error(`a frame of ${length} bytes is above the limit of ${limit}`);
      if (rest.length < HEADER + length) break;
      frames.push({ type: rest.readUInt8(0), payload: rest.subarray(HEADER, HEADER + length) });
      rest = rest.subarray(HEADER + length);
    }
    return frames;
  };
}
