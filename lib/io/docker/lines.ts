const NEWLINE = 0x0a;
/** A line longer than this is no JSON of the engine's: it is dropped, so that garbage cannot fill the memory. */
const MAX_LINE = 4 * 2 ** 20;

/** Cuts a stream of bytes into lines. Cuts between bytes, decodes whole lines only: a character split over two chunks stays whole. */
export class LineSplitter {
  #parts: Buffer[] = [];
  #length = 0;
  #dropping = false;

  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      const line = this.#take();
      if (line !== '') lines.push(line);
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return lines;
  }

  /** What came after the last newline. */
  rest(): string {
    return this.#take();
  }

  #keep(part: Buffer): void {
    if (this.#dropping || part.length === 0) return;
    this.#length += part.length;
    this.#parts.push(part);
    if (this.#length <= MAX_LINE) return;
    this.#dropping = true;
    this.#parts = [];
  }

  #take(): string {
    // A dropped line is told as one that is no JSON, so that it is counted.
    const text = this.#dropping ? '(line too long)' : Buffer.concat(this.#parts).toString('utf8').trim();
    this.#parts = [];
    this.#length = 0;
    this.#dropping = false;
    return text;
  }
}

/** The objects of a stream with one JSON object a line. What is none is skipped and told (fault 50). */
export async function* jsonLines(stream: AsyncIterable<Buffer>, garbage: (line: string) => void): AsyncGenerator<Record<string, unknown>> {
  const splitter = new LineSplitter();
  for await (const chunk of stream) yield* parsed(splitter.push(chunk), garbage);
  const rest = splitter.rest();
  if (rest !== '') yield* parsed([rest], garbage);
}

function* parsed(lines: readonly string[], garbage: (line: string) => void): Generator<Record<string, unknown>> {
  for (const line of lines) {
    const value = parseObject(line);
    if (value === undefined) garbage(line);
    else yield value;
  }
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

interface PullLine {
  id?: string;
  status?: string;
  progress?: string;
}

/** As `docker pull` prints it. */
export function progressLine(line: PullLine): string {
  const text = [line.status, line.progress].filter((part) => part !== undefined && part !== '').join(' ');
  return line.id === undefined ? text : `${line.id}: ${text}`;
}
