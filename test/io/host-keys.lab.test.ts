import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { systemClock } from '../../lib/io/clock.ts';
import { preflight } from '../../lib/io/preflight.ts';
import { scanHostKey } from '../../lib/io/ssh/scan.ts';
import type { LinkState } from '../../lib/ports/hosts.ts';
import { labHosts, type LabHost } from '../lab/fixture.ts';
import { openLink, phase, specOf, type LinkSetup } from './links.ts';
import { startSshd, type ExtraSshd } from './sshd.ts';
import { makeScratchFolder } from '../support/temp-folder.ts';

const execute = promisify(execFile);
const PORT = 2222;

describe('host keys of real hosts', function () {
  this.timeout(60_000);
  let host: LabHost;
  let other: LabHost;
  let sshd: ExtraSshd;

  before(async () => {
    const { hosts } = await labHosts(2);
    [host, other] = hosts as [LabHost, LabHost];
    sshd = await startSshd(host, PORT);
  });

  after(() => sshd.stop());

  const homeWith = async (knownHosts: string): Promise<string> => {
    const home = await makeScratchFolder('dswarm-home-');
    await mkdir(join(home, '.ssh'));
    await writeFile(join(home, '.ssh/known_hosts'), knownHosts);
    return home;
  };

  /** Where the first attempt leads. */
  const outcome = async (setup: LinkSetup): Promise<string> => {
    const { link } = openLink(host, setup);
    try {
      const state = await Promise.race(
        [phase(link, 'ready'), phase(link, 'untrusted'), phase(link, 'unreachable')].map((one) =>
          one.catch(() => new Promise<LinkState>(() => undefined)),
        ),
      );
      return 'error' in state ? `${state.phase} ${state.error.code}` : state.phase;
    } finally {
      await link.close();
    }
  };

  it('are taken when pinned, refused when another is pinned', async () => {
    expect(await outcome({})).to.equal('ready');
    expect(await outcome({ ssh: { hostKey: other.hostKey } })).to.equal('untrusted DSW_SSH_HOST_KEY_CHANGED');
    expect(await outcome({ ssh: { hostKey: 'ssh-ed25519 nonsense' } })).to.equal('untrusted DSW_SSH_HOST_KEY_INVALID');
  });

  it('are pinned by any type the host has', async () => {
    for (const hostKey of Object.values(sshd.hostKeys)) expect(await outcome({ ssh: { port: PORT, hostKey } }), hostKey).to.equal('ready');
  });

  it('are found in known_hosts: plain, hashed, [host]:port, and only one type known (fault 65)', async () => {
    const without: LinkSetup['without'] = ['hostKey'];
    expect(await outcome({ without, home: await homeWith('') })).to.equal('untrusted DSW_SSH_HOST_KEY_UNKNOWN');
    expect(await outcome({ without, home: await homeWith(`${host.address} ${host.hostKey}\n`) })).to.equal('ready');
    expect(await outcome({ without, home: await homeWith(`${host.address} ${other.hostKey}\n`) })).to.equal(
      'untrusted DSW_SSH_HOST_KEY_CHANGED',
    );
    const home = await homeWith(`[${host.address}]:${String(PORT)} ${sshd.hostKeys.rsa}\n`);
    expect(await outcome({ without, home, ssh: { port: PORT } }), 'only the RSA key is known').to.equal('ready');
    await execute('ssh-keygen', ['-H', '-f', join(home, '.ssh/known_hosts')]);
    expect(await outcome({ without, home, ssh: { port: PORT } }), 'hashed by ssh-keygen').to.equal('ready');
    const revoked = await homeWith(`@revoked * ${host.hostKey}\n${host.address} ${host.hostKey}\n`);
    expect(await outcome({ without, home: revoked })).to.equal('untrusted DSW_SSH_HOST_KEY_REVOKED');
  });

  it('make a host trusted again once known_hosts is mended', async () => {
    const home = await homeWith(`${host.address} ${other.hostKey}\n`);
    const { link } = openLink(host, { without: ['hostKey'], home });
    await phase(link, 'untrusted');
    await writeFile(join(home, '.ssh/known_hosts'), `${host.address} ${host.hostKey}\n`);
    await phase(link, 'ready', 15_000);
    await link.close();
  });

  it('can be scanned, with fingerprints as ssh-keygen prints them', async () => {
    const keys = await scanHostKey({ host: host.address, port: PORT });
    expect(keys.map((key) => `${key.type} ${key.base64}`)).to.have.members(Object.values(sshd.hostKeys));
    const folder = await makeScratchFolder('dswarm-key-');
    await writeFile(join(folder, 'key'), `${keys[0]?.type ?? ''} ${keys[0]?.base64 ?? ''}\n`);
    const { stdout } = await execute('ssh-keygen', ['-lf', join(folder, 'key')]);
    expect(stdout).to.contain(keys[0]?.fingerprint);
    expect((await scanHostKey({ host: host.address, port: 22 })).map((key) => `${key.type} ${key.base64}`)).to.deep.equal([host.hostKey]);
    expect(await scanHostKey({ host: host.address, port: 9 }).catch((error: unknown) => (error as { code: string }).code)).to.equal(
      'DSW_HOST_UNREACHABLE',
    );
  });

  it('are verified at every hop of a jump, and known for each (fault 65)', async () => {
    const bastion = specOf(other);
    const jump = (node: string): typeof bastion | undefined => (node === 'bastion' ? bastion : undefined);
    expect(await outcome({ ssh: { proxyJump: 'bastion' }, jump })).to.equal('ready');
    const impostor = specOf(other, { ssh: { hostKey: host.hostKey } });
    expect(await outcome({ ssh: { proxyJump: 'bastion' }, jump: () => impostor })).to.equal('untrusted DSW_SSH_HOST_KEY_CHANGED');
    expect(await outcome({ ssh: { proxyJump: 'bastion', hostKey: other.hostKey }, jump })).to.equal('untrusted DSW_SSH_HOST_KEY_CHANGED');
  });

  it('pass the preflight, step by step', async () => {
    const options = { clock: systemClock, home: tmpdir(), env: { USER: 'root' } };
    const good = await preflight({ node: host.name, spec: specOf(host) }, options);
    expect(good.checks.map((check) => `${check.name} ${String(check.ok)}`)).to.deep.equal([
      'address true',
      'host key true',
      'login true',
      'engine socket true',
      'engine version true',
      'platform true',
    ]);
    expect(good.engine?.id).to.match(/\S/);
    const bad = await preflight({ node: host.name, spec: specOf(host, { ssh: { hostKey: other.hostKey } }) }, options);
    expect(bad.ok).to.equal(false);
    expect(bad.checks.at(-1)).to.include({ name: 'host key', ok: false });
  });
});
