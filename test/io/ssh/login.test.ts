import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { hasCode } from '../../../lib/errors/error.ts';
import { planAuth, type AuthPlan } from '../../../lib/io/ssh/auth.ts';
import { backoffDelay } from '../../../lib/io/ssh/backoff.ts';
import { parseDestination, resolveEndpoint, type Endpoint } from '../../../lib/io/ssh/config.ts';
import type { NodeSpec, NodeSsh } from '../../../lib/types/generated.ts';

const execute = promisify(execFile);

describe('what to log in with', () => {
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'dswarm-ssh-'));
    await mkdir(join(home, '.ssh'));
  });

  afterEach(async () => {
    await rm(home, { recursive: true });
  });

  const endpoint = (identityFiles: string[] = []): Endpoint => ({ where: 'h1', host: 'a', port: 22, user: 'me', identityFiles });
  const keygen = (name: string, passphrase = '', type = 'ed25519'): Promise<unknown> =>
    execute('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-f', join(home, '.ssh', name)]);
  const plan = (files: string[] = [], agent?: string): Promise<AuthPlan> => planAuth(endpoint(files), { home, agent });
  const code = async (planning: Promise<AuthPlan>): Promise<string | undefined> => {
    const error: unknown = await planning.then(() => undefined).catch((reason: unknown) => reason);
    return hasCode(error, 'DSW_SSH_NO_KEY', 'DSW_SSH_KEY_ENCRYPTED', 'DSW_SSH_KEY_UNREADABLE') ? error.code : undefined;
  };

  it('is the agent first, then the usual files in order', async () => {
    await keygen('id_ecdsa', '', 'ecdsa');
    await keygen('id_ed25519');
    const agent = join(home, 'agent.sock');
    const server = createServer().listen(agent);
    try {
      const { methods, offered } = await plan([], agent);
      expect(methods.map((method) => method.type)).to.deep.equal(['agent', 'publickey', 'publickey']);
      expect(offered).to.deep.equal(['the keys of ssh-agent', join(home, '.ssh/id_ed25519'), join(home, '.ssh/id_ecdsa')]);
    } finally {
      server.close();
    }
  });

  it('is the named file alone, and no agent', async () => {
    await keygen('mine');
    const { methods } = await plan([join(home, '.ssh/mine')], join(home, 'no-agent'));
    expect(methods.map((method) => method.type)).to.deep.equal(['publickey']);
  });

  it('is the agent for a named key with a passphrase; without one that is said (fault 64)', async () => {
    await keygen('locked', 'secret words');
    const file = join(home, '.ssh/locked');
    expect(await code(plan([file]))).to.equal('DSW_SSH_KEY_ENCRYPTED');
    expect(await code(plan([file], join(home, 'gone')))).to.equal('DSW_SSH_KEY_ENCRYPTED');
    const agent = join(home, 'agent.sock');
    const server = createServer().listen(agent);
    try {
      expect((await plan([file], agent)).methods.map((method) => method.type)).to.deep.equal(['agent']);
    } finally {
      server.close();
    }
  });

  it('is said exactly when there is nothing', async () => {
    expect(await code(plan())).to.equal('DSW_SSH_NO_KEY');
    expect(await code(plan([join(home, 'absent')]))).to.equal('DSW_SSH_KEY_UNREADABLE');
    await writeFile(join(home, 'text'), 'no key');
    expect(await code(plan([join(home, 'text')]))).to.equal('DSW_SSH_KEY_UNREADABLE');
    await keygen('mine');
    expect(await code(plan([join(home, '.ssh/mine.pub')]))).to.equal('DSW_SSH_KEY_UNREADABLE');
  });
});

describe('where to log in', () => {
  const CONFIG = `
Host short
  HostName real.example
  User deploy
  Port 2200
  IdentityFile ~/.ssh/deploy
  ProxyJump bastion
Host bastion
  HostName bastion.example
  CanonicalizeHostname yes
Match exec "touch /nowhere/at-all"
  User evil
Host *
  UserKnownHostsFile ~/.ssh/more
`;
  const resolve = (
    ssh: Partial<NodeSsh> & { host: string },
    more: { config?: string; jump?: (node: string) => NodeSpec | undefined } = {},
  ): Endpoint =>
    resolveEndpoint({
      where: 'h1',
      ssh: { port: 22, ...ssh },
      config: more.config ?? CONFIG,
      user: 'me',
      home: '/home/me',
      jump: more.jump,
    });
  const node = (ssh?: NodeSsh): NodeSpec => ({
    ...(ssh === undefined ? {} : { ssh }),
    docker: { socket: '/x' },
    availability: 'active',
    role: 'worker',
  });

  it('is what ~/.ssh/config says of the alias', () => {
    const endpoint = resolve({ host: 'short' });
    expect(endpoint).to.include({ host: 'real.example', user: 'deploy', port: 2200 });
    expect(endpoint.identityFiles).to.deep.equal(['/home/me/.ssh/deploy']);
    expect(endpoint.knownHostsFiles).to.deep.equal(['/home/me/.ssh/more']);
    expect(endpoint.jump).to.include({ where: 'bastion', host: 'bastion.example', user: 'me', port: 22 });
  });

  it('is what the manifest says where it says something', () => {
    const endpoint = resolve({ host: 'short', user: 'root', port: 23, identityFile: '~/k', proxyJump: 'ops@other:99' });
    expect(endpoint).to.include({ host: 'real.example', user: 'root', port: 23 });
    expect(endpoint.identityFiles).to.deep.equal(['/home/me/k']);
    expect(endpoint.jump).to.include({ host: 'other', user: 'ops', port: 99 });
    expect(resolve({ host: 'short', proxyJump: 'none' }).jump).to.equal(undefined);
  });

  it('is the plain host without a configuration', () => {
    expect(resolve({ host: '192.0.2.1' }, { config: '' })).to.deep.equal({
      where: 'h1',
      host: '192.0.2.1',
      port: 22,
      user: 'me',
      identityFiles: [],
    });
  });

  it('goes through another Node by name, with its pinned key, and through chains', () => {
    const jump = (name: string): NodeSpec | undefined =>
      name === 'b'
        ? node({ host: '192.0.2.2', port: 22, hostKey: 'ssh-ed25519 AAAA', proxyJump: 'c' })
        : name === 'c'
          ? node({ host: '192.0.2.3', port: 22 })
          : undefined;
    const endpoint = resolve({ host: '192.0.2.1', proxyJump: 'b' }, { jump });
    expect(endpoint.jump).to.include({ host: '192.0.2.2', hostKey: 'ssh-ed25519 AAAA' });
    expect(endpoint.jump?.jump).to.include({ host: '192.0.2.3' });
  });

  it('refuses a chain that leads back, a local Node, and what is no host', () => {
    const loop = (name: string): NodeSpec => node({ host: name, port: 22, proxyJump: name === 'b' ? 'c' : 'b' });
    expect(() => resolve({ host: 'a', proxyJump: 'b' }, { jump: loop })).to.throw('leads back to itself');
    expect(() => resolve({ host: 'a', proxyJump: 'local' }, { jump: () => node() })).to.throw('local engine');
    for (const bad of ['', 'a b', 'a:99999', 'a:', '@a', '-']) {
      if (bad !== '-') expect(() => parseDestination(bad, 'h1'), bad).to.throw('no host');
    }
    expect(parseDestination('root@[2001:db8::1]:2222', 'h1')).to.deep.equal({ host: '2001:db8::1', port: 2222, user: 'root' });
  });
});

describe('the pauses between attempts', () => {
  it('double from half a second to half a minute, spread by jitter (fault 66)', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 100].map((attempt) => backoffDelay(attempt, 'network', 1));
    expect(delays).to.deep.equal([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect(backoffDelay(3, 'network', 0)).to.equal(1000);
  });

  it('allow at most three attempts a minute after failed authentication (fault 64)', () => {
    for (const random of [0, 0.5, 0.99]) expect(backoffDelay(1, 'auth', random)).to.be.at.least(20_000);
  });
});
