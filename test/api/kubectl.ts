import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderKubeconfig, type KubeconfigOptions } from '../../lib/api/kubeconfig.ts';

export interface Result {
  code: number;
  out: string;
  err: string;
}

/** 20 for v1.20 (Debian 12's): what a kubectl cannot do yet is not asked of it. */
export function kubectlMinor(): number {
  const text = execFileSync('kubectl', ['version', '--client', '-o', 'json'], { encoding: 'utf8' });
  const { clientVersion } = JSON.parse(text) as { clientVersion: { gitVersion: string } };
  return Number(/^v1\.(\d+)/.exec(clientVersion.gitVersion)?.[1] ?? 0);
}

/** The machine's kubectl with a home of its own: nothing of the user's configuration or cache is seen or touched. */
export class Kubectl {
  readonly directory = mkdtempSync(join(tmpdir(), 'dswarm-kubectl-'));
  readonly #env: NodeJS.ProcessEnv;

  constructor(options: KubeconfigOptions) {
    const config = join(this.directory, 'config');
    writeFileSync(config, renderKubeconfig(options), { mode: 0o600 });
    this.#env = { PATH: process.env.PATH, HOME: this.directory, KUBECONFIG: config, KUBECACHEDIR: join(this.directory, 'cache') };
  }

  /** A file for -f. */
  file(name: string, content: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, content, { mode: 0o755 });
    return path;
  }

  async run(args: readonly string[], options: { input?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Result> {
    const child = this.start(args, options.env);
    const result: Result = { code: 0, out: '', err: '' };
    child.stdout?.on('data', (chunk: Buffer) => (result.out += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (result.err += chunk.toString()));
    child.stdin?.end(options.input ?? '');
    result.code = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return result;
  }

  /** Standard output; anything but success is an error. */
  async ok(...args: string[]): Promise<string> {
    const { code, out, err } = await this.run(args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} exited ${code}: ${err}${out}`);
    return out;
  }

  start(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    return spawn('kubectl', args, { env: { ...this.#env, ...env }, stdio: 'pipe' });
  }

  dispose(): void {
    rmSync(this.directory, { recursive: true });
  }
}
