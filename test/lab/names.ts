import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { instanceName } from './fixture.ts';
import { entering, RESOLVER, type Inside } from './load.ts';

const PROCESS = fileURLToPath(new URL('names-process.ts', import.meta.url));
// A process of a host has another working directory.
const TSX = import.meta.resolve('tsx');
const EVERY_MS = 20;

/** What a container was told a name stands for; times in milliseconds since the epoch. */
export interface Answer {
  name: string;
  askedAt: number;
  answeredAt: number;
  addresses?: string[];
  /** Where there was none that says anything. */
  error?: string;
}

/** A container that asks for names every 20 ms while a test does other things. */
export class NameWatch {
  readonly #child: ChildProcess;
  readonly #output: Buffer[] = [];

  static async start(inside: Inside, names: readonly string[]): Promise<NameWatch> {
    const program = [process.execPath, '--import', TSX, PROCESS, RESOLVER, String(EVERY_MS), ...names];
    const [file = '', ...args] = [...(await entering(inside)), ...program];
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, DSWARM_LAB: instanceName() } });
    const watch = new NameWatch(child);
    await once(child.stdout ?? child, 'data');
    return watch;
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.on('data', (data: Buffer) => this.#output.push(data));
  }

  /** All answers, in the order in which they came. */
  async stop(): Promise<Answer[]> {
    const ended = once(this.#child, 'close');
    this.#child.stdin?.end();
    const [code] = (await ended) as [number | null];
    if (code !== 0) throw new Error(`the questions ended with ${String(code)}`);
    const [, line = ''] = Buffer.concat(this.#output).toString().split('\n');
    return JSON.parse(line) as Answer[];
  }
}
