import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import type { PreviewChange } from '../../lib/api/deps.ts';
import type { StoredSource } from '../../lib/types/objects.ts';
import { meta, put, startApi, WEB, type TestApi } from './api.ts';
import { runCli } from './support.ts';

describe('diff', () => {
  let api: TestApi;
  let previewed: readonly PreviewChange[] = [];
  beforeEach(async () => {
    api = await startApi({
      preview: (changes) => {
        previewed = changes;
        return changes.some(({ action }) => action === 'configure') ? [{ text: 'create default_web.4.x from nginx:1.27', node: 'h1' }] : [];
      },
    });
    await api.dswarm('apply -f -', { stdin: WEB });
  });
  afterEach(async () => {
    await api.close();
  });

  it('exits with 0 and no output where nothing differs', async () => {
    expect(await api.dswarm('diff -f -', { stdin: WEB })).to.deep.equal({ code: 0, out: '', err: '' });
  });

  it('exits with 1 and a unified diff where something does, and tells the steps and where', async () => {
    const ran = await api.dswarm('diff -f -', { stdin: WEB.replace('3', '4') });
    expect(ran.code).to.equal(1);
    expect(ran.out).to.match(/^--- live\/service\/web\n\+\+\+ merged\/service\/web\n@@ .* @@\n/);
    expect(ran.out).to.include('\n-  replicas: 3\n+  replicas: 4\n');
    expect(ran.out).not.to.match(/resourceVersion|managedFields|generation/);
    expect(ran.err).to.equal('\n1 step:\n  create default_web.4.x from nginx:1.27 on h1\n');
    expect(previewed.map(({ action }) => action)).to.deep.equal(['configure']);
    expect((await api.dswarm('get svc/web -o json')).out).to.include('"replicas": 3');
  });

  it('shows a new object as added', async () => {
    const ran = await api.dswarm('diff -f -', { stdin: WEB.replaceAll('web', 'db') });
    expect(ran.code).to.equal(1);
    expect(ran.out)
      .to.match(/^--- \/dev\/null\n\+\+\+ merged\/service\/db\n/)
      .and.include('\n+  name: db\n');
  });

  it('exits with 2 on errors', async () => {
    expect(await api.dswarm('diff -f -', { stdin: WEB.replace('replicas', 'replica') })).to.deep.include({ code: 2, out: '' });
    expect(await runCli(['diff', '-f', '-', '--socket', '/nonexistent.sock'], { stdin: WEB })).to.deep.include({ code: 2, out: '' });
  });

  it('is coloured on a terminal, with the steps below', async () => {
    const ran = await api.dswarm('diff -f -', { stdin: WEB.replace('3', '4'), isTTY: true });
    expect(ran.out)
      .to.include('\u001b[31m-  replicas: 3\u001b[39m\n\u001b[32m+  replicas: 4\u001b[39m')
      .and.match(/\n1 step:\n.* on h1\n$/);
    expect(ran.err).to.equal('');
  });
});

describe('source confirm', () => {
  const confirmed: string[] = [];
  let api: TestApi;
  beforeEach(async () => {
    confirmed.length = 0;
    const refuse = (): Promise<void> => Promise.reject(new Error('not here'));
    const confirm = (source: string, token: string): Promise<void> => {
      confirmed.push(`${source} ${token}`);
      return Promise.resolve();
    };
    api = await startApi({ files: { write: refuse, create: refuse, remove: refuse, confirm } });
    const status: StoredSource['status'] = { state: 'Paused', pendingDeletes: ['Service/default/web', 'Node/h1'], confirmToken: 't0k3n' };
    await put(
      api.store,
      { apiVersion: 'dswarm/v1', kind: 'Source', metadata: meta('manifests'), spec: { type: 'directory', path: '/etc/m' }, status },
      { apiVersion: 'dswarm/v1', kind: 'Source', metadata: meta('quiet'), spec: { type: 'directory', path: '/etc/q' }, status: {} },
    );
  });
  afterEach(async () => {
    await api.close();
  });

  const LIST = 'These 2 objects are no longer in /etc/m, and would be deleted with their containers:\n  Service/default/web\n  Node/h1\n';

  it('shows what goes, asks, and sends the token of exactly that set', async () => {
    const ran = await api.dswarm('source confirm manifests', { answers: 'y\n' });
    expect(ran).to.deep.include({ code: 0, out: `${LIST}source/manifests confirmed: 2 objects go\n` });
    expect(confirmed).to.deep.equal(['manifests t0k3n']);
  });

  it('deletes nothing on any other answer', async () => {
    for (const answers of ['n\n', '\n', 'yep\n', '']) {
      const ran = await api.dswarm('source confirm manifests', { answers });
      expect(ran).to.deep.include({ code: 1, out: LIST });
      expect(ran.err).to.match(/nothing deleted\n$/);
    }
    expect(confirmed).to.deep.equal([]);
  });

  it('refuses without a terminal, unless --yes is given', async () => {
    const ran = await api.dswarm('source confirm manifests');
    expect(ran.code).to.equal(1);
    expect(ran.err).to.match(/^error: cannot ask for confirmation: standard input is no terminal \[DSW_CLI_CONFIRM\]\n.*--yes\n$/);
    expect((await api.dswarm('source confirm manifests --yes')).code).to.equal(0);
    expect(confirmed).to.have.length(1);
  });

  it('says so where nothing waits', async () => {
    expect(await api.dswarm('source confirm quiet')).to.deep.equal({ code: 0, out: 'source/quiet holds nothing back\n', err: '' });
    expect((await api.dswarm('source confirm none')).err).to.match(/^Error from server \(NotFound\)/);
  });
});

describe('files that commands read and write', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'dswarm-files-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('validate needs no controller, and tells every error with its place', async () => {
    writeFileSync(path.join(folder, 'good.yaml'), WEB);
    writeFileSync(path.join(folder, 'bad.yaml'), WEB.replace('replicas: 3', 'replicas: many').replaceAll('web', 'other'));
    writeFileSync(path.join(folder, 'notes.txt'), 'no manifest');
    expect(await runCli(['validate', 'good.yaml'], { cwd: folder })).to.deep.equal({ code: 0, out: '1 object in 1 file valid\n', err: '' });
    const ran = await runCli(['validate', '.'], { cwd: folder });
    expect(ran).to.deep.include({ code: 1, out: '' });
    expect(ran.err).to.match(/^bad\.yaml:4:\d+: spec\.replicas: .* \[DSW_MANIFEST_INVALID\]\n {2}\S/);
  });

  it('validate holds manifests against the policy that it is given', async () => {
    writeFileSync(path.join(folder, 'root.yaml'), WEB.replace('replicas: 3', 'privileged: true'));
    expect((await runCli(['validate', 'root.yaml'], { cwd: folder })).err).to.include('[DSW_ADMISSION_DENIED]');
    expect((await runCli(['validate', 'root.yaml', '--admission', 'privileged'], { cwd: folder })).code).to.equal(0);
  });

  it('kubeconfig carries the token as kubectl sends it over plain HTTP, and is for its owner only', async () => {
    writeFileSync(path.join(folder, 'token'), 's3cret-t0ken\n');
    const words = ['kubeconfig', '--server', 'http://127.0.0.1:7070', '--token-file', 'token'];
    expect((await runCli(words, { cwd: folder })).out).to.include('server: http://dswarm:s3cret-t0ken@127.0.0.1:7070\n');
    const target = path.join(folder, 'config');
    const written = await runCli([...words, '--write', 'config'], { cwd: folder });
    expect(written.out).to.equal(`config written; use it with: export KUBECONFIG=${target}\n`);
    expect(statSync(target).mode & 0o777).to.equal(0o600);
    expect((await runCli([...words, '--write', 'config'], { cwd: folder })).code).to.equal(0);
  });

  it("kubeconfig leaves another cluster's file alone", async () => {
    writeFileSync(path.join(folder, 'config'), 'current-context: production\n');
    const ran = await runCli(['kubeconfig', '--server', 'http://127.0.0.1:7070', '--token', 'x', '--write', 'config'], { cwd: folder });
    expect(ran.err).to.match(/^error: config exists and is not one that this command wrote/);
    expect(readFileSync(path.join(folder, 'config'), 'utf8')).to.equal('current-context: production\n');
  });
});
