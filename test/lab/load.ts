import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { docker, instanceName, type LabHost } from './fixture.ts';

const LAB = fileURLToPath(new URL('lab', import.meta.url));
const PROCESS = fileURLToPath(new URL('load-process.ts', import.meta.url));

// A process of a host has another working directory.
const TSX = import.meta.resolve('tsx');

/** What became of a stream of requests. */
export interface LoadResult {
  sent: number;
  /** How many of each answer. */
  answers: Record<string, number>;
  /** Milliseconds since the epoch. */
  failures: { at: number; endedAt: number; error: string }[];
  slowestMs: number;
}

export interface Inside {
  host: LabHost;
  container: string;
}

export interface LoadOptions {
  url: string;
  /** Requests a second. */
  rate: number;
  /** Absent: until it is told to stop. */
  count?: number;
  /** As a process of this container; absent: of this machine, which is outside of all hosts. */
  inside?: Inside;
}

/** Docker's own resolver, as containers see it. */
export const RESOLVER = '127.0.0.11';

/** A stream of requests that goes on while a test does other things. */
export class Load {
  readonly #child: ChildProcess;
  readonly #result: Promise<LoadResult>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#result = new Promise((resolve, reject) => {
      let output = '';
      let errors = '';
      child.stdout?.on('data', (data: Buffer) => (output += data.toString()));
      child.stderr?.on('data', (data: Buffer) => (errors += data.toString()));
      child.on('error', reject);
      child.on('close', (code) => {
        if (code === 0) resolve(JSON.parse(output) as LoadResult);
        else reject(new Error(`the load ended with ${String(code)}: ${errors}`));
      });
    });
  }

  static async start({ url, rate, count = 0, inside }: LoadOptions): Promise<Load> {
    const program = [
      process.execPath,
      '--import',
      TSX,
      PROCESS,
      url,
      String(rate),
      String(count),
      ...(inside === undefined ? [] : [RESOLVER]),
    ];
    const [file = '', ...args] = inside === undefined ? program : [...(await entering(inside)), ...program];
    const env = { ...process.env, DSWARM_LAB: instanceName() };
    return new Load(spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], env }));
  }

  /** Once all requests have ended. */
  done(): Promise<LoadResult> {
    return this.#result;
  }

  stop(): Promise<LoadResult> {
    this.#child.stdin?.end();
    return this.#result;
  }
}

/** What a command line begins with that is to be a process of a container. */
export async function entering({ host, container }: Inside): Promise<string[]> {
  const pid = await docker(host, 'inspect', '-f', '{{.State.Pid}}', container);
  return [LAB, 'enter', String(host.index), 'nsenter', '-t', pid, '-n'];
}

/** A whole stream at once. */
export async function runLoad(options: LoadOptions & { count: number }): Promise<LoadResult> {
  return (await Load.start(options)).done();
}
