import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { systemClock } from '../../lib/io/clock.ts';
import { readPlaneImage } from '../../lib/io/plane/image.ts';
import { createPlanes } from '../../lib/io/plane/planes.ts';
import type { HostLink } from '../../lib/ports/hosts.ts';
import type { PlaneFiles, Planes, PlaneTarget } from '../../lib/ports/plane.ts';
import { docker, IMAGE, lab, labHosts, type LabHost } from '../lab/fixture.ts';
import { mustRun, run } from '../lab/shell.ts';
import { readyLink, until } from './links.ts';

const BUILD = fileURLToPath(new URL('../../images/plane/build', import.meta.url));
const CACHE = fileURLToPath(new URL('../../dist/plane', import.meta.url));
const VIP = '10.210.240.1';
const PORT = 30080;

describe('the plane on three real hosts', () => {
  let hosts: LabHost[] = [];
  let links: HostLink[] = [];
  let planes: Planes;
  let keys: string[] = [];
  const target = (index: number): PlaneTarget => {
    const [host, link] = [hosts[index], links[index]];
    if (host === undefined || link === undefined) throw new Error('no such host');
    return { node: host.name, cluster: 'test', docker: link.docker };
  };
  const hostAt = (index: number): LabHost => hosts[index] ?? expect.fail('no such host');

  /** By hand what a controller would render: a network, two containers on h1 and h2, one address for both, one published port. */
  const files = (index: number, extra = ''): PlaneFiles => ({
    'ruleset.nft': ruleset(extra),
    'wireguard.conf': `[Interface]\nListenPort = 51820\n${hosts
      .map((host, peer) =>
        peer === index
          ? ''
          : `[Peer]\nPublicKey = ${keys[peer] ?? ''}\nEndpoint = ${host.address}:51820\nAllowedIPs = 10.210.${String(peer + 1)}.0/24\n`,
      )
      .join('')}`,
    mesh: [
      `address 10.210.${String(index + 1)}.0/32`,
      'mtu 1420',
      ...hosts.flatMap((_host, peer) => (peer === index ? [] : [`route 10.210.${String(peer + 1)}.0/24`])),
    ].join('\n'),
    'dns/web.conf': `port=53\nno-resolv\nno-hosts\nlisten-address=10.210.${String(index + 1)}.1\naddn-hosts=/state/current/dns/web.hosts\n`,
    'dns/web.hosts': `${VIP} web\n`,
  });

  before(async function () {
    this.timeout(180_000);
    const image = await readPlaneImage((await mustRun(BUILD, [CACHE], { timeout: 120_000 })).trim());
    ({ hosts } = await labHosts(3));
    links = await Promise.all(hosts.map(async (host) => (await readyLink(host)).link));
    planes = createPlanes({ clock: systemClock, image });
    const begun = systemClock.monotonic();
    keys = (await Promise.all(hosts.map((_host, index) => untilReady(target(index))))).map(({ publicKey }) => publicKey);
    console.log(`      plane up on three hosts after ${String(Math.round(systemClock.monotonic() - begun))} ms`);
    for (const [index, host] of hosts.entries()) {
      await run('docker', ['-H', `unix://${host.socket}`, 'network', 'rm', 'dswarm_test_web']);
      const subnet = `10.210.${String(index + 1)}`;
      const bridge = ['-o', 'com.docker.network.bridge.name=dswtest', '-o', 'com.docker.network.bridge.enable_ip_masquerade=false'];
      await docker(host, 'network', 'create', '--subnet', `${subnet}.0/24`, '--gateway', `${subnet}.1`, ...bridge, 'dswarm_test_web');
      const name = ['--name', 'web', '-e', `NAME=${host.name}`, '--restart', 'unless-stopped'];
      if (index < 2) await docker(host, 'run', '-d', ...name, '--network', 'dswarm_test_web', '--ip', `${subnet}.2`, IMAGE);
    }
    await Promise.all(hosts.map((_host, index) => planes.apply(target(index), { generation: 1, full: () => files(index) })));
  });

  /** The session opens once the agent has made its key. */
  async function untilReady(of: PlaneTarget): Promise<{ publicKey: string }> {
    let status = await planes.ensure(of);
    while (status.publicKey === '') status = await planes.status(of);
    return status;
  }

  after(async () => {
    planes.close();
    await Promise.all(links.map((link) => link.close()));
  });

  /** As a process of the container `web` of the host. */
  const getFromContainer = async (index: number, url: string): Promise<string> => {
    const pid = await docker(hostAt(index), 'inspect', '-f', '{{.State.Pid}}', 'web');
    return lab('enter', String(index + 1), 'nsenter', '-t', pid, '-n', 'curl', '-fsS', '-m', '3', url);
  };

  it('joins containers of different hosts by address', async () => {
    expect(await getFromContainer(0, 'http://10.210.2.2:8080/')).not.to.equal('');
    expect(await getFromContainer(1, 'http://10.210.1.2:8080/')).not.to.equal('');
  });

  it('balances a virtual address and a published port on every host', async () => {
    for (const host of hosts.keys()) {
      if (host < 2) expect(await getFromContainer(host, `http://${VIP}:8080/`)).not.to.equal('');
      const published = await mustRun('curl', ['-sS', '-m', '3', `http://${hostAt(host).address}:${String(PORT)}/`]);
      expect(published).not.to.equal('');
    }
  });

  it('keeps the old set when a transaction is refused (fault 74)', async () => {
    const bad = { generation: 2, full: () => files(0, 'this is no rule') };
    const error: unknown = await planes.apply(target(0), bad).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.have.property('code', 'DSW_PLANE_REJECTED');
    expect((await planes.status(target(0))).generation).to.equal(1);
    expect(await getFromContainer(0, `http://${VIP}:8080/`)).not.to.equal('');
  });

  it('restores a flushed table within 5 s (fault 73)', async () => {
    await docker(hostAt(1), 'exec', 'dswarm-plane', 'nft', 'delete', 'table', 'ip', 'dswarm');
    await until(
      async () =>
        (
          await run('docker', [
            '-H',
            `unix://${hostAt(1).socket}`,
            'exec',
            'dswarm-plane',
            'nft',
            'list',
            'chain',
            'ip',
            'dswarm',
            'marker',
          ])
        ).code === 0,
      5000,
    );
  });

  it('acknowledges the change of one endpoint within 300 ms, p99 of 100', async () => {
    const times: number[] = [];
    for (let generation = 10; generation < 110; generation += 1) {
      const changes = `flush chain ip dswarm svc_web\nadd rule ip dswarm svc_web meta l4proto tcp dnat ip to 10.210.${String((generation % 2) + 1)}.2:8080\n`;
      const base = generation === 10 ? 1 : generation - 1;
      const update = {
        generation,
        full: () => files(0),
        change: { base, files: { 'changes.nft': changes, 'dns/web.hosts': `${VIP} web\n` } },
      };
      times.push((await planes.apply(target(0), update)).totalMs);
    }
    times.sort((a, b) => a - b);
    console.log(`      p50 ${String(Math.round(times[49] ?? 0))} ms, p99 ${String(Math.round(times[98] ?? 0))} ms`);
    expect(times[98]).to.be.lessThan(300);
  });

  it('serves again after a reboot with no controller', async function () {
    this.timeout(60_000);
    await lab('off', '2');
    await lab('on', '2');
    const url = `http://${hostAt(1).address}:${String(PORT)}/`;
    await until(async () => (await run('curl', ['-sS', '-m', '2', url])).code === 0, 20_000);
  });
});

function ruleset(extra: string): string {
  return `add table ip dswarm
delete table ip dswarm
table ip dswarm {
  chain svc_web {
    meta l4proto tcp dnat ip to numgen inc mod 2 map { 0 : 10.210.1.2 . 8080, 1 : 10.210.2.2 . 8080 }
  }
  chain svc_web_in {
    meta mark set meta mark or 0x64730000
    goto svc_web
  }
  map vips {
    type ipv4_addr . inet_proto . inet_service : verdict
    elements = { ${VIP} . tcp . 8080 : goto svc_web }
  }
  map ports {
    type inet_proto . inet_service : verdict
    elements = { tcp . ${String(PORT)} : goto svc_web_in }
  }
  chain prerouting {
    type nat hook prerouting priority -110
    ip daddr . meta l4proto . th dport vmap @vips
    fib daddr type local meta l4proto . th dport vmap @ports
  }
  chain output {
    type nat hook output priority -110
    ip daddr . meta l4proto . th dport vmap @vips
    fib daddr type local meta l4proto . th dport vmap @ports
  }
  chain postrouting {
    type nat hook postrouting priority 90
    meta mark and 0x64730000 == 0x64730000 masquerade
    ip daddr 10.210.0.0/16 ip saddr != 10.210.0.0/16 masquerade
  }
  ${extra}
}
`;
}
