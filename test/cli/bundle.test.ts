import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { bundle } from '../../scripts/bundle.ts';
import { startApi, WEB, type TestApi } from './api.ts';

const root = path.resolve(import.meta.dirname, '../..');
const HEAVY = ['dockerode', 'fastify', 'rxjs', 'ajv', 'ssh2', 'lmdb', 'pino', 'yaml'];

interface Finished {
  stdout: string;
  stderr: string;
}

describe('the bundled program', function () {
  this.timeout(60_000);
  let outdir = '';
  let api: TestApi;
  before(async () => {
    // Within node_modules, where what stays outside the bundle is found.
    outdir = mkdtempSync(path.join(root, 'node_modules', '.dswarm-bundle-'));
    await bundle(outdir);
    api = await startApi();
    await api.dswarm('apply -f -', { stdin: WEB });
  });
  after(async () => {
    rmSync(outdir, { recursive: true });
    await api.close();
  });

  const main = async (...words: string[]): Promise<Finished> =>
    promisify(execFile)(process.execPath, [path.join(outdir, 'main.js'), ...words], { env: { ...process.env, DSWARM_SOCKET: api.socket } });

  it('lists, describes and compares', async () => {
    expect((await main('get', 'services')).stdout).to.match(/^NAME .*\nweb /);
    expect((await main('get', 'svc/web', '-o', 'yaml')).stdout).to.match(/^apiVersion: dswarm\/v1\n/);
    expect((await main('describe', 'svc/web')).stdout).to.match(/^Name: +web\n/);
    expect((await main('explain', 'service.spec')).stdout).to.include('replicas');
  });

  for (const shell of ['bash', 'zsh', 'fish']) {
    it(`prints a completion script for ${shell}`, async () => {
      expect((await main('completion', shell)).stdout).to.include('dswarm complete --');
    });
  }

  it('completes names of objects', async () => {
    expect((await main('complete', '--', 'get', 'svc', '')).stdout).to.equal('web\t\n:4\n');
    expect((await main('complete', '--', 'describe', 'svc/')).stdout).to.equal('svc/web\t\n:4\n');
    expect((await main('complete', '--', 'logs', 'w')).stdout).to.equal('web\t\n:4\n');
  });

  it('that is not built yet says how to build it', async () => {
    const folder = path.join(outdir, 'unbuilt');
    mkdirSync(path.join(folder, 'bin'), { recursive: true });
    copyFileSync(path.join(root, 'bin/dswarm'), path.join(folder, 'bin/dswarm'));
    writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
    const failed = (await promisify(execFile)(path.join(folder, 'bin/dswarm')).catch((error: unknown) => error)) as Finished & {
      code: number;
    };
    expect(failed.code).to.equal(1);
    expect(failed.stderr).to.equal('error: dswarm is not built yet\n  Run "make build" in its directory first.\n');
  });

  it('loads nothing heavy to list objects', () => {
    const loaded = chunksOf(outdir, 'main.js', ['get', 'program']);
    for (const name of HEAVY) {
      expect(
        loaded.filter((text) => new RegExp(`(from|import) ?["']${name}(/[^"']*)?["']`).test(text)),
        name,
      ).to.deep.equal([]);
    }
    expect(loaded.join('').length).to.be.lessThan(200_000);
  });
});

/** The texts that a start loads: the entry, the lazily loaded chunks named, and all that these import statically. */
function chunksOf(folder: string, entry: string, lazy: readonly string[]): string[] {
  const chunks = readdirSync(path.join(folder, 'chunks')).filter((name) => name.endsWith('.js'));
  const files = [entry, ...chunks.filter((name) => lazy.some((each) => name.startsWith(`${each}-`))).map((name) => `chunks/${name}`)];
  const texts = new Map<string, string>();
  for (const file of files) {
    if (texts.has(file)) continue;
    const text = readFileSync(path.join(folder, file), 'utf8');
    texts.set(file, text);
    for (const match of text.matchAll(/(?:from|import) ?"\.\/((?:chunks\/)?[^"]+\.js)"/g)) {
      files.push(path.posix.join(path.posix.dirname(file), match[1] ?? ''));
    }
  }
  return [...texts.values()];
}
