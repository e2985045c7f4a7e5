import { Buffer } from 'node:buffer';
import type { LogChunk } from '../ports/docker.ts';

/** A line longer than this is cut: what has no line ends must not fill the memory. */
const MAX_LINE = 256 * 1024;

export interface LogLine {
  stream: LogChunk['stream'];
  line: string;
}

/** Complete lines of both streams, in the order in which they end; a last line without an end is a line too. */
export async function* splitLines(chunks: AsyncIterable<LogChunk>): AsyncGenerator<LogLine> {
  const rests: Record<LogChunk['stream'], Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  for await (const { stream, data } of chunks) {
    let rest = rests[stream].length === 0 ? data : Buffer.concat([rests[stream], data]);
    for (let end = endOf(rest); end !== -1; end = endOf(rest)) {
      yield { stream, line: textOf(rest.subarray(0, end)) };
      rest = rest.subarray(rest[end] === 0x0a ? end + 1 : end);
    }
    rests[stream] = Buffer.from(rest);
  }
  for (const stream of ['stdout', 'stderr'] as const) if (rests[stream].length > 0) yield { stream, line: textOf(rests[stream]) };
}

function endOf(buffer: Buffer): number {
  const end = buffer.indexOf(0x0a);
  if (end !== -1 && end <= MAX_LINE) return end;
  return buffer.length > MAX_LINE ? MAX_LINE : -1;
}

/** Containers with a terminal end their lines with CR LF. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}
