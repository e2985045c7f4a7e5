import type { LogChunk } from '../../ports/docker.ts';

const HEADER = 8;
const STDERR = 2;

/** Takes the engine's multiplexed stream apart: frames of an 8-byte header (stream, 0, 0, 0, length as 32 bits) and so many bytes. */
export class Demultiplexer {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): LogChunk[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const chunks: LogChunk[] = [];
    while (this.#rest.length >= HEADER) {
      const end = HEADER + this.#rest.readUInt32BE(4);
      if (this.#rest.length < end) break;
      const stream = this.#rest[0] === STDERR ? 'stderr' : 'stdout';
      chunks.push({ stream, data: this.#rest.subarray(HEADER, end) });
      this.#rest = this.#rest.subarray(end);
    }
    return chunks;
  }
}
