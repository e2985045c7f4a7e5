import { PassThrough } from 'node:stream';
import type { Io, TerminalInput } from '../../lib/cli/io.ts';

export interface Ran {
  code: number;
  out: string;
  err: string;
}

export interface Setting {
  env?: Record<string, string>;
  stdin?: string;
  /** Answers on a terminal, a line for each question. */
  answers?: string;
  isTTY?: boolean;
  cwd?: string;
  now?: () => number;
  signal?: AbortSignal;
  /** Called with all of stdout at each write. */
  onOutput?: (out: string) => void;
  /** Called with all of stderr at each write. */
  onNote?: (err: string) => void;
}

export const NOW = Date.parse('2026-01-02T03:04:05Z');

/** Runs a command line in this process, with streams in memory. */
export async function runCli(argv: readonly string[], setting: Setting = {}): Promise<Ran> {
  const ran: Ran = { code: -1, out: '', err: '' };
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  stdout.on('data', (chunk: Buffer) => {
    ran.out += chunk.toString('utf8');
    setting.onOutput?.(ran.out);
  });
  stderr.on('data', (chunk: Buffer) => {
    ran.err += chunk.toString('utf8');
    setting.onNote?.(ran.err);
  });
  // Commands are loaded by import(): the rest of the command line must come the same way, or its error classes exist twice under mocha's require.
  const { run } = await import('../../lib/cli/run.ts');
  ran.code = await run(argv, toIo(setting, { stdout, stderr }));
  // Streams hand on what they hold in later turns.
  await new Promise((resolve) => setImmediate(resolve));
  return ran;
}

function toIo(setting: Setting, output: { stdout: PassThrough; stderr: PassThrough }): Io {
  const stdin: TerminalInput = new PassThrough();
  if (setting.answers !== undefined) stdin.isTTY = true;
  (stdin as PassThrough).end(setting.answers ?? setting.stdin ?? '');
  const terminal = setting.isTTY === true ? { isTTY: true } : {};
  return {
    stdin,
    stdout: Object.assign(output.stdout, terminal),
    stderr: output.stderr,
    env: setting.env ?? {},
    uid: 0,
    cwd: setting.cwd ?? process.cwd(),
    now: setting.now ?? (() => NOW),
    signal: setting.signal ?? new AbortController().signal,
  };
}
