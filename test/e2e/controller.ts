import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { nodeManifest, type LabHost } from '../lab/fixture.ts';
import { run, type ShellResult } from '../lab/shell.ts';

const BIN = fileURLToPath(new URL('../../bin/dswarm', import.meta.url));

/** `bin/dswarm controller` on a folder of its own, as a user runs it, and the command line that talks to it. */
export class Controller {
  readonly folder: string;
  #process: ChildProcess | undefined;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(hosts: readonly LabHost[], socketOf: (host: LabHost) => string = (host) => host.socket): Promise<Controller> {
    const controller = new Controller(await mkdtemp(path.join(tmpdir(), 'dswarm-e2e-')));
    await mkdir(controller.path('manifests'));
    for (const host of hosts) {
      const manifest = nodeManifest(host);
      await controller.save(`nodes/${host.name}.yaml`, { ...manifest, spec: { ...manifest.spec, docker: { socket: socketOf(host) } } });
    }
    return controller;
  }

  path(...parts: string[]): string {
    return path.join(this.folder, ...parts);
  }

  /** Saves a manifest in the watched directory. */
  async save(file: string, manifest: object): Promise<void> {
    const target = this.path('manifests', file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, stringify(manifest));
  }

  /** Removes a manifest from it. */
  async drop(file: string): Promise<void> {
    await rm(this.path('manifests', file));
  }

  async start(resyncSeconds = 30, dataPlane: 'auto' | 'off' = 'off'): Promise<void> {
    const args = [
      'controller',
      '--manifests',
      this.path('manifests'),
      '--state',
      this.path('state'),
      '--socket',
      this.path('api.sock'),
      '--resync',
      String(resyncSeconds),
      '--data-plane',
      dataPlane,
    ];
    this.#process = spawn(BIN, args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, NO_COLOR: '1' } });
    await eventually('the controller answers', async () => (await this.attempt('get', 'nodes')).code === 0);
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Ends it with a signal and waits until it is gone. Its exit code; null where it had none or did not run. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return null;
    const code = await new Promise<number | null>((resolve) => {
      child.once('exit', resolve);
      child.kill(signal);
    });
    this.#process = undefined;
    return code;
  }

  attempt(...args: string[]): Promise<ShellResult> {
    return run(BIN, args, { env: { DSWARM_SOCKET: this.path('api.sock'), NO_COLOR: '1' }, timeout: 60_000 });
  }

  /** A command of the CLI; rejects when it fails. */
  async cli(...args: string[]): Promise<string> {
    const result = await this.attempt(...args);
    if (result.code !== 0) throw new Error(`dswarm ${args.join(' ')} failed with ${String(result.code)}: ${result.stderr}`);
    return result.stdout;
  }

  read(file: string): Promise<string> {
    return readFile(this.path('manifests', file), 'utf8');
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Asks again and again until the answer is yes; what the last failure said is in the error. */
export async function eventually(what: string, check: () => Promise<boolean>, limitMs = 30_000): Promise<number> {
  const began = performance.now();
  let last: unknown;
  while (performance.now() - began < limitMs) {
    try {
      if (await check()) return performance.now() - began;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not within ${limitMs} ms: ${what}`, { cause: last });
}

export interface ServiceInput {
  name: string;
  replicas?: number;
  image?: string;
  spec?: object;
}

export function serviceManifest({ name, replicas = 1, image = '127.0.0.1:5000/dswarm/hello:1', spec = {} }: ServiceInput): object {
  return { apiVersion: 'dswarm/v1', kind: 'Service', metadata: { name }, spec: { image, replicas, stopGracePeriod: '2s', ...spec } };
}
