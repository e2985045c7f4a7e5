import { spawnSync } from 'node:child_process';
import { DSWARM, INSTANCE, LAB, ROOT, SOCKET } from './paths.ts';

export class DemoError extends Error {}

const env = { ...process.env, DSWARM_SOCKET: SOCKET, DSWARM_LAB: INSTANCE };

export interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

export function attempt(file: string, args: readonly string[]): Result {
  const result = spawnSync(file, [...args], { cwd: ROOT, env, encoding: 'utf8', maxBuffer: 64 << 20 });
  if (result.error !== undefined) return { code: 127, stdout: '', stderr: result.error.message };
  return { code: result.status ?? 1, stdout: result.stdout, stderr: result.stderr };
}

export function must(file: string, args: readonly string[]): string {
  const result = attempt(file, args);
  if (result.code !== 0) throw new DemoError(`${file} ${args.join(' ')} failed:\n${result.stderr}${result.stdout}`);
  return result.stdout;
}

export const lab = (...args: string[]): string => must(LAB, args);
export const dswarm = (...args: string[]): string => must(DSWARM, args);

export const say = (text = ''): void => void process.stdout.write(`${text}\n`);

/** A heading; bold on a terminal. */
export function step(text: string): void {
  say(process.stdout.isTTY ? `\n\u001b[1m${text}\u001b[0m` : `\n${text}`);
}

/** Shows a command as a person would type it, and what it prints. */
export function demonstrate(file: string, args: readonly string[]): void {
  const typed = file === DSWARM ? 'bin/dswarm' : file;
  say(`$ ${typed} ${args.join(' ')}`);
  say(must(file, args).trimEnd());
}

export const rest = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

/** Asks until the answer is no longer undefined. */
export async function poll<T>(ask: () => T | undefined, options: { every: number; timeout: number; what: string }): Promise<T> {
  const deadline = performance.now() + options.timeout;
  for (;;) {
    const answer = ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new DemoError(`${options.what}: not within ${options.timeout / 1000} s`);
    await rest(options.every);
  }
}
