import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import type { RunningController } from '../../lib/cli/run-controller.ts';
import { docker, labHosts, type LabHost } from '../lab/fixture.ts';
import { mustRun } from '../lab/shell.ts';
import { runCli, type Ran, type Setting } from './support.ts';

const BUSYBOX = '127.0.0.1:5000/dswarm/busybox:cli';
const TICKER = `apiVersion: dswarm/v1
kind: Service
metadata: { name: ticker }
spec:
  image: ${BUSYBOX}
  init: true
  command: [/bin/busybox, sh, -c, 'echo hello; echo oops >&2; exec /bin/busybox sleep 1000']
`;

describe('the command line and a real host', function () {
  this.timeout(120_000);
  let folder = '';
  let host: LabHost;
  let controller: RunningController;

  const dswarm = (words: string[], setting: Setting = {}): Promise<Ran> =>
    runCli(words, {
      ...setting,
      now: () => Date.now(),
      env: { HOME: os.homedir(), DSWARM_SOCKET: path.join(folder, 'api.sock') },
    });
  const addFlags = (): string[] => ['--identity-file', host.identityFile, '--docker-socket', host.socket];
  const target = (): string => `${host.user}@${host.address}:${host.port}`;

  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'dswarm-hosts-'));
    mkdirSync(path.join(folder, 'manifests'));
    [host] = (await labHosts(1)).hosts as [LabHost];
    const tar = path.join(folder, 'busybox.tar');
    await mustRun('tar', ['-C', '/', '-chf', tar, 'bin/busybox']);
    await docker(host, 'import', tar, BUSYBOX);
    const { startController } = await import('../../lib/cli/run-controller.ts');
    controller = await startController({
      manifests: path.join(folder, 'manifests'),
      state: path.join(folder, 'state'),
      socket: path.join(folder, 'api.sock'),
      admission: 'baseline',
      dataPlane: 'off',
      allowBind: [],
      logLevel: 'error',
      resyncSeconds: 30,
    });
  });
  after(async () => {
    await dswarm(['delete', 'svc', '--all', '--timeout', '30s']);
    await controller.stop();
    await docker(host, 'rmi', '-f', BUSYBOX);
    rmSync(folder, { recursive: true });
  });

  it('node add refuses a host that shows another key than the one given', async () => {
    const other = readFileSync(`${host.identityFile}.pub`, 'utf8').trim();
    const ran = await dswarm(['node', 'add', target(), '--name', 'h1', '--yes', '--host-key', other, ...addFlags()]);
    expect(ran).to.deep.include({ code: 1, out: '' });
    expect(ran.err).to.match(/shows another host key than the one given \[DSW_SSH_HOST_KEY_CHANGED\]/);
  });

  it('node add without a terminal asks for the key to be given', async () => {
    const ran = await dswarm(['node', 'add', target(), '--yes', ...addFlags()]);
    expect(ran.err).to.match(/^error: cannot ask whether the host key is right \[DSW_CLI_CONFIRM\]\n {2}Give it with --host-key/);
  });

  it('node add shows the fingerprint, and adds nothing on a no', async () => {
    const ran = await dswarm(['node', 'add', target(), '--name', 'h1', ...addFlags()], { answers: 'n\n' });
    const fingerprint = await mustRun('ssh-keygen', ['-lf', path.join(path.dirname(host.identityFile), 'known_hosts')]);
    expect(ran.code).to.equal(1);
    const shown = /SHA256:\S+/.exec(ran.out)?.[0] ?? 'none';
    expect(fingerprint).to.include(shown);
    expect(ran.err).to.match(/no node added\n$/);
    expect(existsSync(path.join(folder, 'manifests', 'nodes'))).to.equal(false);
  });

  it('node add names the check that fails, and what to do', async () => {
    const words = ['node', 'add', target(), '--name', 'h1', '--yes', '--host-key', host.hostKey, '--identity-file', host.identityFile];
    const ran = await dswarm([...words, '--docker-socket', '/run/nothing.sock']);
    expect(ran.code).to.equal(1);
    expect(ran.out).to.match(/^ok +address .*\nok +host key .*\nok +login .*\nFAIL +engine socket\n$/);
    expect(ran.err).to.match(/^error: .*\[DSW_[A-Z_]+\]\n {2}.*\nno node added\n$/);
  });

  it('node add checks the host and writes its manifest into the directory', async () => {
    const words = ['node', 'add', target(), '--name', 'h1', '--label', 'zone=a', '--yes', '--host-key', host.hostKey, ...addFlags()];
    const ran = await dswarm(words);
    expect(ran).to.deep.include({ code: 0, err: '' });
    expect(ran.out).to.match(/\nok +engine version +Docker .*\nok +platform +linux\/.*\nnode\/h1 created\n$/);
    const manifest = readFileSync(path.join(folder, 'manifests', 'nodes', 'h1.yaml'), 'utf8');
    expect(manifest).to.include(`hostKey: ${host.hostKey}`).and.include('zone: a').and.not.include('availability');
    expect((await dswarm(['wait', 'node/h1', '--for=condition=Ready', '--timeout=20s'])).out).to.equal('node/h1 condition met\n');
    expect((await dswarm(['node', 'ls'])).out).to.match(/\nh1 +Ready /);
    expect((await dswarm(words)).err).to.match(/^error: there is a node "h1" already/);
  });

  it('logs and exec reach into a container there', async () => {
    await dswarm(['apply', '-f', '-'], { stdin: TICKER });
    expect((await dswarm(['wait', 'svc/ticker', '--for=condition=Ready', '--timeout=30s'])).err).to.equal('');
    const logs = await dswarm(['logs', 'ticker']);
    expect(logs.out.split('\n').map((line) => line.replace(/^ticker\.1\.\S+@h1 \| /, ''))).to.have.members(['hello', 'oops', '']);
    const shell = (script: string): string[] => ['ticker', '--', '/bin/busybox', 'sh', '-c', script];
    expect(await dswarm(['exec', ...shell('echo out; echo err >&2; exit 7')])).to.deep.equal({ code: 7, out: 'out\n', err: 'err\n' });
    expect(await dswarm(['exec', '-i', ...shell('/bin/busybox cat')], { stdin: 'piped' })).to.deep.equal({
      code: 0,
      out: 'piped',
      err: '',
    });
    // Engines before 25 take the size only once the command runs.
    expect((await dswarm(['exec', '-t', ...shell('/bin/busybox sleep 1; /bin/busybox stty size')])).out).to.equal('24 80\r\n');
    expect(await dswarm(['exec', 'ticker', '--', 'nothing-there']))
      .to.have.property('code')
      .that.is.within(126, 127);
  });
});
