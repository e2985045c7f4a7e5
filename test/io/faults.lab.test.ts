import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { filter, firstValueFrom, timeout } from 'rxjs';
import { systemClock } from '../../lib/io/clock.ts';
import { preflight } from '../../lib/io/preflight.ts';
import { hasCode } from '../../lib/errors/error.ts';
import type { EngineEvent } from '../../lib/ports/docker.ts';
import type { HostLink } from '../../lib/ports/hosts.ts';
import type { NodeSpec } from '../../lib/types/generated.ts';
import { IMAGE, lab, labHosts, type LabHost } from '../lab/fixture.ts';
import { busyboxImage } from './busybox-image.ts';
import { startLossyWay } from './lossy-way.ts';
import { openLink, openSpec, phase, readyLink, specOf, until, type LinkSetup } from './links.ts';
import { startSshd } from './sshd.ts';
import { makeScratchFolder } from '../support/temp-folder.ts';

const execute = promisify(execFile);
const LABEL = 'dswarm/faults';

describe('faults between us and a real host', function () {
  this.timeout(120_000);
  let host: LabHost;
  const open = new Set<HostLink>();

  before(async () => {
    const { hosts } = await labHosts(1);
    [host] = hosts as [LabHost];
  });

  afterEach(async () => {
    for (const link of open) await link.close();
    open.clear();
    await labHosts(1);
  });

  const ready = async (setup: LinkSetup = {}): Promise<HostLink> => {
    const { link } = await readyLink(host, setup);
    open.add(link);
    return link;
  };

  /** The first state that is not `connecting`, as phase and code. */
  const failure = async (setup: LinkSetup): Promise<string> => {
    const { link } = openLink(host, setup);
    open.add(link);
    const state = await phase(link, 'unreachable');
    return 'error' in state ? state.error.code : state.phase;
  };

  /** Counts how often each of some pending calls is settled, and how. */
  const pend = (calls: Promise<unknown>[]): { codes: string[] } => {
    const codes: string[] = [];
    for (const call of calls) {
      call.then(
        () => codes.push('answered'),
        (error: unknown) => codes.push(hasCode(error, 'DSW_HOST_UNREACHABLE', 'DSW_DOCKER_TIMEOUT') ? error.code : String(error)),
      );
    }
    return { codes };
  };

  const follow = async (link: HostLink, seen: EngineEvent[]): Promise<void> => {
    await new Promise<void>((resolve, reject) => {
      const read = async (): Promise<void> => {
        for await (const event of link.docker.events({ signal: new AbortController().signal, ready: resolve })) seen.push(event);
      };
      read().catch(reject);
    });
  };

  const create = async (link: HostLink, name: string, image = IMAGE, command?: string[]): Promise<string> => {
    const more = command === undefined ? {} : { Cmd: command };
    const config = { Image: image, ...more, Labels: { [LABEL]: 'yes' }, HostConfig: { RestartPolicy: { Name: 'no' as const } } };
    return (await link.docker.createContainer(name, config)).id;
  };

  const remoteSessions = async (): Promise<number> => {
    const output = await lab('enter', String(host.index), 'sh', '-c', 'pgrep -x sshd | wc -l');
    return Number(output.trim());
  };

  /** Sockets of the engine as the host sees them: the one that listens and those of its connections. */
  const connections = async (): Promise<number> => {
    const name = host.socket.split('/').at(-1) ?? '';
    return Number((await lab('enter', String(host.index), 'sh', '-c', `grep -c '/${name}$' /proc/net/unix`)).trim());
  };

  it('answer 100 calls at once over one connection', async () => {
    const link = await ready();
    const before = await remoteSessions();
    const lists = await Promise.all(Array.from({ length: 100 }, () => link.docker.listContainers({ labels: [LABEL] })));
    expect(lists).to.have.length(100);
    expect(await remoteSessions(), 'sessions of sshd').to.equal(before);
  });

  it('a cut cable is noticed within seconds, each pending call is rejected once, and the host comes back (fault 62)', async () => {
    const link = await ready();
    const ended: unknown[] = [];
    follow(link, []).catch((error: unknown) => ended.push(error));
    await lab('cut', String(host.index));
    const begun = systemClock.monotonic();
    const pending = pend(Array.from({ length: 20 }, () => link.docker.listContainers({})));
    await phase(link, 'unreachable', 25_000);
    expect((systemClock.monotonic() - begun) / 1000, 'seconds until noticed').to.be.lessThan(8);
    await until(() => pending.codes.length === 20, 5000);
    expect(new Set(pending.codes)).to.deep.equal(new Set(['DSW_HOST_UNREACHABLE']));
    const at = systemClock.monotonic();
    expect(hasCode(await link.docker.ping().catch((error: unknown) => error), 'DSW_HOST_UNREACHABLE')).to.equal(true);
    expect(systemClock.monotonic() - at, 'ms until a new call is rejected').to.be.lessThan(50);
    await lab('mend', String(host.index));
    link.retry();
    await phase(link, 'ready', 40_000);
    await link.docker.ping();
    expect(pending.codes).to.have.length(20);
  });

  it('a slow and lossy way is no absence: 350 ms and 5 % loss, under load (fault 67)', async () => {
    const way = await startLossyWay({ host: host.address, port: host.port });
    try {
      const { link, states } = await readyLink(host, { ssh: { host: '127.0.0.1', port: way.port } });
      open.add(link);
      const end = systemClock.monotonic() + 25_000;
      const calls = async (): Promise<void> => {
        while (systemClock.monotonic() < end) await link.docker.listContainers({});
      };
      await Promise.all(Array.from({ length: 4 }, calls));
      expect(way.losses()).to.be.greaterThan(5);
      expect(states.map((state) => state.phase)).to.deep.equal(['connecting', 'ready']);
    } finally {
      way.close();
    }
  });

  it('a frozen engine makes the host unreachable in 20 s, and ready when it thaws, without leaking descriptors (fault 48)', async () => {
    const link = await ready();
    const before = await connections();
    await lab('stop-engine', String(host.index));
    const begun = systemClock.monotonic();
    const pending = pend(Array.from({ length: 100 }, () => link.docker.listContainers({})));
    await phase(link, 'unreachable', 25_000);
    expect((systemClock.monotonic() - begun) / 1000).to.be.lessThan(20);
    await until(() => pending.codes.length === 100, 5000);
    await lab('start-engine', String(host.index));
    await phase(link, 'ready', 30_000);
    await link.docker.ping();
    // What was answered late is kept for the next calls: the pool of 16 at most, however many calls there were.
    await until(async () => (await connections()) <= before + 16, 10_000);
  });

  it('a killed engine ends the events; they go on after its return, over the same connection (fault 47)', async () => {
    const link = await ready();
    const first: EngineEvent[] = [];
    await follow(link, first);
    await create(link, 'faults-a');
    await until(() => first.some((event) => event.action === 'create'));
    await lab('kill-engine', String(host.index));
    await firstValueFrom(
      link.state$.pipe(
        filter((state) => 'error' in state && state.error.code === 'DSW_DOCKER_NOT_RUNNING'),
        timeout(20_000),
      ),
    );
    await lab('start-engine', String(host.index));
    await phase(link, 'ready', 40_000);
    const second: EngineEvent[] = [];
    await follow(link, second);
    const id = await create(link, 'faults-b');
    await until(() => second.some((event) => event.action === 'create' && event.id === id));
    expect(
      first.some((event) => event.id === id),
      'the old stream is over',
    ).to.equal(false);
  });

  it('a killed sshd rejects what is under way at once, and the link reconnects (fault 63)', async () => {
    const link = await ready();
    const pending = pend([link.docker.listContainers({}).then(() => new Promise(() => undefined)), follow(link, [])]);
    const lost = phase(link, 'unreachable', 10_000);
    await lab('kill-sshd', String(host.index));
    await lost;
    expect(pending.codes.filter((code) => code === 'DSW_DOCKER_TIMEOUT')).to.deep.equal([]);
    await lab('start-sshd', String(host.index));
    await phase(link, 'ready', 40_000);
  });

  it('a refused login is told with what was offered (fault 64)', async () => {
    const folder = await makeScratchFolder('dswarm-key-');
    await execute('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'wrong')]);
    const setup = { ssh: { identityFile: join(folder, 'wrong') } };
    expect(await failure(setup)).to.equal('DSW_SSH_AUTH_FAILED');
    const report = await preflight(
      { node: 'h1', spec: specOf(host, setup) },
      { clock: systemClock, home: tmpdir(), env: { USER: 'root' } },
    );
    const last = report.checks.at(-1);
    expect(last?.name).to.equal('login');
    expect(last?.ok === false ? last.error.message : '').to.contain(join(folder, 'wrong'));
  });

  it('forbidden forwarding is told apart from an engine that does not run, with the line to change (fault 66)', async () => {
    const sshd = await startSshd(host, 2223, ['AllowStreamLocalForwarding no', 'MaxSessions 1']);
    try {
      const setup = { ssh: { port: 2223, hostKey: sshd.hostKeys.ed25519 } };
      expect(await failure(setup)).to.equal('DSW_SSH_FORWARDING_FORBIDDEN');
      const report = await preflight(
        { node: 'h1', spec: specOf(host, setup) },
        { clock: systemClock, home: tmpdir(), env: { USER: 'root' } },
      );
      const last = report.checks.at(-1);
      expect(last?.name).to.equal('engine socket');
      expect(last?.ok === false ? last.error.hint : '').to.contain('AllowStreamLocalForwarding');
    } finally {
      await sshd.stop();
    }
    expect(await failure({ socket: '/run/no-such.sock' })).to.equal('DSW_DOCKER_NOT_RUNNING');
    expect(await failure({ socket: '/etc/hostname' })).to.equal('DSW_DOCKER_NOT_RUNNING');
  });

  it('a socket that the user may not use is told, with the group to join', async () => {
    const folder = await makeScratchFolder('dswarm-passwd-');
    const inside = (script: string): Promise<string> => lab('enter', String(host.index), 'sh', '-c', script);
    await inside(
      `sed 's#^nobody:.*#nobody:x:65534:65534::/:/bin/sh#' /etc/passwd > ${folder}/passwd && mount -n --bind ${folder}/passwd /etc/passwd`,
    );
    try {
      const setup = { ssh: { user: 'nobody' } };
      expect(await failure(setup)).to.equal('DSW_DOCKER_SOCKET_DENIED');
      const report = await preflight({ node: 'h1', spec: specOf(host, setup) }, { clock: systemClock, home: tmpdir(), env: {} });
      const last = report.checks.at(-1);
      expect(last?.ok === false ? last.error.hint : '').to.contain('usermod -aG docker nobody');
    } finally {
      await inside('umount -n /etc/passwd');
    }
  });

  it('one session is enough (fault 66)', async () => {
    const sshd = await startSshd(host, 2224, ['MaxSessions 1']);
    try {
      const link = await ready({ ssh: { port: 2224, hostKey: sshd.hostKeys.ed25519 } });
      await Promise.all(Array.from({ length: 50 }, () => link.docker.ping()));
    } finally {
      await sshd.stop();
    }
  });

  it('an engine without ssh is watched the same way, by unix socket and by TCP (fault 48)', async () => {
    const local: NodeSpec = { docker: { socket: host.socket }, availability: 'active', role: 'worker' };
    const absent: NodeSpec = { ...local, docker: { socket: 'tcp://127.0.0.1:9' } };
    const link = openSpec('local', local).link;
    const nothing = openSpec('absent', absent).link;
    open.add(link).add(nothing);
    await phase(link, 'ready');
    const state = await phase(nothing, 'unreachable');
    expect('error' in state ? state.error.code : '').to.equal('DSW_DOCKER_NOT_RUNNING');
    await lab('stop-engine', String(host.index));
    await phase(link, 'unreachable', 20_000);
    await lab('start-engine', String(host.index));
    await phase(link, 'ready', 30_000);
  });

  it('a terminal in a container works: input, output, size and exit code', async () => {
    const link = await ready();
    const image = await busyboxImage('127.0.0.1:5000/contract/busybox:1');
    await link.docker.loadImage(image.tar());
    const id = await create(link, 'faults-exec', image.reference, ['/bin/sleep', '60']);
    await link.docker.startContainer(id);
    const session = await link.docker.exec(id, { command: ['/bin/sh', '-c', 'read line; echo got $line; exit 5'], tty: true, stdin: true });
    let output = '';
    session.stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await session.resize(100, 30);
    session.stream.write('hello\n');
    await new Promise((resolve) => session.stream.once('end', resolve));
    expect(output).to.contain('got hello');
    expect(await session.exitCode()).to.equal(5);
  });
});
