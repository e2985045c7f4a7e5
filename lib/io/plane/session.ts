import { DswarmError } from '../../errors/error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Docker, ExecSession } from '../../ports/docker.ts';
import type { PlaneFiles, PlaneStatus, PlaneTunnel } from '../../ports/plane.ts';
import { Demultiplexer } from '../docker/frames.ts';

/** Milliseconds that the agent may take for an answer. */
const PATIENCE = 30_000;
const PATH = /^[a-z0-9_][a-z0-9_-]*(?:[./][a-z0-9_-]+)*$/;

interface Waiter {
  resolve: (words: string[]) => void;
  reject: (error: Error) => void;
}

/** One long-lived `agent session`: lines out, answers in the order of the questions. */
export class PlaneSession {
  readonly #node: string;
  readonly #clock: Clock;
  readonly #exec: ExecSession;
  readonly #waiters: Waiter[] = [];
  #text = '';
  #end: DswarmError | undefined;

  static async open(node: string, docker: Docker, container: string, clock: Clock): Promise<PlaneSession> {
    return new PlaneSession(node, clock, await docker.exec(container, { command: ['/bin/agent', 'session'], tty: false, stdin: true }));
  }

  private constructor(node: string, clock: Clock, exec: ExecSession) {
    this.#node = node;
    this.#clock = clock;
    this.#exec = exec;
    const frames = new Demultiplexer();
    exec.stream.on('data', (chunk: Buffer) => {
      for (const { stream, data } of frames.push(chunk)) if (stream === 'stdout') this.#read(data.toString('utf8'));
    });
    exec.stream.on('error', (error: Error) => {
      this.#fail(`the session broke: ${error.message}`);
    });
    for (const event of ['end', 'close'])
      exec.stream.on(event, () => {
        this.#fail('the session ended');
      });
  }

  get ended(): boolean {
    return this.#end !== undefined;
  }

  async status(): Promise<PlaneStatus> {
    const [, generation, publicKey = '', routes = '', tunnels = ''] = await this.#ask('status\n', 'status');
    return { generation: Number(generation), publicKey, routes: listed(routes), tunnels: tunnelsOf(tunnels) };
  }

  /** Milliseconds on the node. Rejects with DSW_PLANE_REJECTED in the words of the tool that refused. */
  async apply(kind: 'full' | 'change', generation: number, files: PlaneFiles, base?: number): Promise<number> {
    const parts: Buffer[] = [];
    for (const [path, text] of Object.entries(files)) {
      if (!PATH.test(path)) throw this.#error(`no file of a plane may be called ${JSON.stringify(path)}`);
      const data = Buffer.from(text);
      if (data.length > 0) parts.push(Buffer.from(`put ${path} ${String(data.length)}\n`), data);
    }
    parts.push(Buffer.from(`apply ${kind} ${String(generation)} ${base === undefined ? '-' : String(base)}\n`));
    const [, , ms] = await this.#ask(Buffer.concat(parts), 'ok');
    return Number(ms);
  }

  close(): void {
    this.#fail('the session is closed');
  }

  async #ask(request: string | Buffer, expected: string): Promise<string[]> {
    if (this.#end !== undefined) throw this.#end;
    const answer = new Promise<string[]>((resolve, reject) => this.#waiters.push({ resolve, reject }));
    const cancel = this.#clock.after(PATIENCE, () => {
      this.#fail(`no answer within ${String(PATIENCE / 1000)} s`);
    });
    this.#exec.stream.write(request);
    const words = await answer.finally(cancel);
    if (words[0] === expected) return words;
    if (words[0] === 'error') throw rejected(this.#node, Buffer.from(words[2] ?? '', 'base64').toString('utf8'));
    this.#fail(`the agent answered ${JSON.stringify(words[0])} where ${expected} was expected`);
    throw this.#end ?? this.#error('the session ended');
  }

  #read(text: string): void {
    const lines = (this.#text + text).split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) this.#waiters.shift()?.resolve(line.split(' '));
  }

  #fail(message: string): void {
    if (this.#end !== undefined) return;
    const error = this.#error(message);
    this.#end = error;
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
    this.#exec.stream.destroy();
  }

  #error(message: string): DswarmError {
    return new DswarmError('DSW_PLANE_FAILED', message, { where: this.#node });
  }
}

function listed(text: string): string[] {
  return text.split(',').filter((each) => each !== '');
}

/** By key: `wg` tells them in the order of a hash table where wireguard-go runs. */
function tunnelsOf(text: string): PlaneTunnel[] {
  return listed(text).toSorted().map(tunnelOf);
}

/** `KEY:SECONDS`, or `KEY:` where there was no handshake yet. */
function tunnelOf(text: string): PlaneTunnel {
  const [publicKey = '', seconds = ''] = text.split(':');
  return { publicKey, ...(seconds === '' ? {} : { handshakeAgeMs: Number(seconds) * 1000 }) };
}

function rejected(node: string, text: string): DswarmError {
  return new DswarmError('DSW_PLANE_REJECTED', text.trim() || 'the node gave no reason', { where: node });
}
