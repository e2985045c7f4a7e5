import type { Readable, Writable } from 'node:stream';

/** A terminal's side of a stream, where there is one. */
export interface TerminalInput extends Readable {
  isTTY?: boolean;
  setRawMode?: (on: boolean) => unknown;
  unref?: () => unknown;
}

export interface TerminalOutput extends Writable {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

/** All that a command has of the world outside, so that tests run commands without processes. */
export interface Io {
  stdin: TerminalInput;
  stdout: TerminalOutput;
  stderr: TerminalOutput;
  env: Readonly<Record<string, string | undefined>>;
  /** User id; 0 is root. */
  uid: number;
  cwd: string;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Ends what would last (watches, followed logs). */
  signal: AbortSignal;
}

/** Ends the command with this exit code; what there was to say has been said. */
export class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.name = 'Exit';
    this.code = code;
  }
}

export function printLine(io: Io, text: string): void {
  io.stdout.write(`${text}\n`);
}

export function printNote(io: Io, text: string): void {
  io.stderr.write(`${text}\n`);
}

export function processIo(): Io {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    uid: process.getuid?.() ?? 0,
    cwd: process.cwd(),
    now: () => Date.now(),
    signal: new AbortController().signal,
  };
}
