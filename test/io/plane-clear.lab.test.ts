import { spawn, type ChildProcess } from 'node:child_process';
import { expect } from 'chai';
import type { Served } from '../../lib/dataplane/model.ts';
import { network, service } from '../dataplane/sample.ts';
import { docker } from '../lab/fixture.ts';
import { mustRun, run } from '../lab/shell.ts';
import { until } from './links.ts';
import { PlaneLab } from './plane-lab.ts';

const SHOP = network('shop', 210, 2);
const LAN = network('lan', 214, 2, { backend: 'vxlan' });
const VIP = '10.210.240.1';

/** What every answer of the test image holds. */
const PAYLOAD = 'hello 1 from';

describe('what planes send over the wire', () => {
  let plane: PlaneLab;
  let served: Served;

  before(async function () {
    this.timeout(240_000);
    plane = await PlaneLab.up(2);
    for (const one of [SHOP, LAN]) await plane.makeNetwork(one);
    for (const index of [1, 2]) {
      await plane.start([index, `web-${String(index)}`], SHOP, `10.210.${String(index)}.2`);
      await plane.start([index, `lan-${String(index)}`], LAN, `10.214.${String(index)}.2`);
    }
    const web = service('shop', 'web', VIP, ['10.210.1.2', '10.210.2.2']);
    const ports = [{ protocol: 'tcp', published: 30_080, target: 8080, policy: 'cluster' } as const];
    served = { nodes: plane.nodes(), networks: [SHOP, LAN], services: [{ ...web, ports }] };
    await plane.serve(served);
  });

  after(() => plane.down());

  /** All that host 1's cable carries while something is done. */
  async function captured(act: () => Promise<unknown>): Promise<Buffer> {
    const parts: Buffer[] = [];
    const child: ChildProcess = spawn('nsenter', [
      `--net=/run/netns/${plane.host(1).netns}`,
      'tcpdump',
      '--immediate-mode',
      '-U',
      '-s',
      '0',
      '-i',
      'eth0',
      '-w',
      '-',
    ]);
    child.stdout?.on('data', (data: Buffer) => parts.push(data));
    await new Promise<void>((resolve) => child.stderr?.once('data', () => resolve()));
    await act();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill();
    await ended;
    return Buffer.concat(parts);
  }

  /** Whether an IPv4 header in clear names an address of the network. */
  function namesAddress(capture: Buffer, first: number, second: number): boolean {
    for (let at = capture.indexOf(Buffer.from([0x08, 0x00, 0x45])); at >= 0; at = capture.indexOf(Buffer.from([0x08, 0x00, 0x45]), at + 1))
      for (const offset of [14, 18]) if (capture[at + offset] === first && capture[at + offset + 1] === second) return true;
    return false;
  }

  const everyWay = async (): Promise<number> => {
    const urls = ['http://10.210.2.2:8080/', `http://${VIP}:8080/`, `http://${plane.host(1).address}:30080/`];
    const from = urls.map((url) => plane.get([1, 'web-1'], url, 4));
    const back = [plane.get([2, 'web-2'], 'http://10.210.1.2:8080/', 2), plane.get(1, `http://127.0.0.1:30080/`, 4)];
    return (await Promise.all([...from, ...back])).flat().length;
  };

  it('is no byte of a payload in clear', async () => {
    let answers = 0;
    const capture = await captured(async () => {
      answers = await everyWay();
    });
    expect(answers).to.equal(18);
    expect(capture.length, 'something was seen').to.be.greaterThan(10_000);
    expect(capture.includes(PAYLOAD)).to.equal(false);
    expect(namesAddress(capture, 10, 210)).to.equal(false);
    const clear = await captured(() => plane.get([1, 'lan-1'], 'http://10.214.2.2:8080/'));
    expect(clear.includes(PAYLOAD), 'the backend vxlan is in clear: the test can fail').to.equal(true);
  });

  it('is nothing where a tunnel is down, and the tunnel comes back by itself (fault 77)', async function () {
    this.timeout(90_000);
    await docker(plane.host(2), 'stop', '-t', '1', 'dswarm-mesh');
    const capture = await captured(everyWay);
    expect(capture.includes(PAYLOAD)).to.equal(false);
    expect(namesAddress(capture, 10, 210)).to.equal(false);
    expect(await plane.code([1, 'web-1'], 'http://10.210.2.2:8080/')).to.not.equal(0);
    await docker(plane.host(2), 'start', 'dswarm-mesh');
    await until(async () => (await plane.code([1, 'web-1'], 'http://10.210.2.2:8080/')) === 0, 30_000);
  });

  it('is nothing where an end has another key than its peers know, and all is well once they know it (fault 77)', async function () {
    this.timeout(90_000);
    const url = 'http://10.210.2.2:8080/';
    await docker(plane.host(2), 'exec', 'dswarm-plane', 'rm', '/state/key');
    await docker(plane.host(2), 'restart', '-t', '1', 'dswarm-plane', 'dswarm-mesh');
    let publicKey = '';
    await until(async () => {
      ({ publicKey } = await plane.planes.status(plane.target(2)));
      return publicKey !== '' && publicKey !== plane.keys[1];
    }, 20_000);
    await until(async () => (await plane.code([1, 'web-1'], url)) !== 0, 20_000);
    const capture = await captured(everyWay);
    expect(capture.includes(PAYLOAD)).to.equal(false);
    expect(namesAddress(capture, 10, 210)).to.equal(false);
    plane.keys[1] = publicKey;
    served = { ...served, nodes: plane.nodes() };
    await plane.serve(served);
    await until(async () => (await plane.code([1, 'web-1'], url)) === 0, 30_000);
  });

  it('fits the underlay: the tunnel’s MTU is measured (fault 77)', async () => {
    const mtu = async (): Promise<string> => /mtu (\d+)/.exec((await plane.on(1, 'ip', 'link', 'show', 'dswarm0')).stdout)?.[1] ?? '';
    expect(await mtu()).to.equal('1440');
    await plane.on(1, 'ip', 'link', 'set', 'eth0', 'mtu', '1280');
    try {
      await until(async () => (await mtu()) === '1220', 15_000);
      expect(await plane.get([1, 'web-1'], 'http://10.210.2.2:8080/')).to.have.lengthOf(1);
    } finally {
      await plane.on(1, 'ip', 'link', 'set', 'eth0', 'mtu', '1500');
    }
  });

  it('goes through a tunnel that only one end can open', async () => {
    const nodes = served.nodes.map((node) => (node.name === 'h2' ? { name: 'h2', publicKey: node.publicKey ?? '' } : node));
    await mustRun('nsenter', [`--net=/run/netns/${plane.host(2).netns}`, 'nft', 'add table inet nat_box; add chain inet nat_box in { type filter hook input priority -300; }; add rule inet nat_box in udp dport 51820 ct state new drop']); // prettier-ignore
    try {
      await docker(plane.host(1), 'restart', '-t', '1', 'dswarm-mesh');
      await plane.serve({ ...served, networks: [SHOP], nodes });
      await until(async () => (await plane.code([1, 'web-1'], 'http://10.210.2.2:8080/')) === 0, 60_000);
    } finally {
      await run('nsenter', [`--net=/run/netns/${plane.host(2).netns}`, 'nft', 'delete', 'table', 'inet', 'nat_box']);
      await plane.serve(served);
    }
  });

  it('follows a host to another address (fault 71)', async function () {
    this.timeout(90_000);
    const { address } = plane.host(2);
    const other = address.replace(/\.12$/, '.112');
    await plane.on(2, 'ip', 'addr', 'add', `${other}/24`, 'dev', 'eth0');
    await plane.on(2, 'nft', 'add table inet moved; add chain inet moved in { type filter hook input priority -300; }; add rule inet moved in ip daddr ' + address + ' udp dport 51820 drop'); // prettier-ignore
    try {
      await plane.serve({ ...served, nodes: served.nodes.map((node) => (node.name === 'h2' ? { ...node, address: other } : node)) });
      await until(async () => (await plane.code([1, 'web-1'], 'http://10.210.2.2:8080/')) === 0, 30_000);
    } finally {
      await plane.on(2, 'nft', 'delete', 'table', 'inet', 'moved');
      await plane.on(2, 'ip', 'addr', 'del', `${other}/24`, 'dev', 'eth0');
      await plane.serve(served);
    }
  });

  it('is heard from members alone where a network is a vxlan (fault 78)', async function () {
    this.timeout(60_000);
    expect(await plane.get([1, 'lan-1'], 'http://10.214.2.2:8080/')).to.deep.equal(['hello 1 from lan-2']);
    const heard = await plane.traffics([1, 'lan-1'], 'hear', '9100');
    const lines: string[] = [];
    heard.stdout?.on('data', (data: Buffer) => lines.push(data.toString()));
    // This machine is on the same wire, and no node.
    const mac = /ether (\S+)/.exec((await plane.on(1, 'ip', 'link', 'show', 'dswarm1')).stdout)?.[1] ?? '';
    const own = plane.host(1).address.replace(/\.11$/, '.1');
    await mustRun('ip', [
      'link',
      'add',
      'forger',
      'type',
      'vxlan',
      'id',
      '25715',
      'dstport',
      '51821',
      'local',
      own,
      'remote',
      plane.host(1).address,
    ]);
    try {
      await mustRun('ip', ['link', 'set', 'forger', 'up']);
      await mustRun('ip', ['addr', 'add', '10.214.2.9/32', 'dev', 'forger']);
      await mustRun('ip', ['neigh', 'add', '10.214.1.1', 'lladdr', mac, 'dev', 'forger', 'nud', 'permanent']);
      await mustRun('ip', ['route', 'add', '10.214.1.0/24', 'via', '10.214.1.1', 'dev', 'forger', 'onlink']);
      await plane.traffic(0, 'tell', '10.214.1.2', '9100', '10.214.2.9');
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(lines.join('')).to.equal('');
      await mustRun('nsenter', [
        `--net=/run/netns/${plane.host(1).netns}`,
        'nft',
        'add',
        'element',
        'ip',
        'dswarm',
        'members',
        `{ ${own} }`,
      ]);
      await plane.traffic(0, 'tell', '10.214.1.2', '9100', '10.214.2.9');
      await until(() => lines.join('').includes('10.214.2.9'), 5000);
    } finally {
      await run('ip', ['link', 'del', 'forger']);
      heard.stdin?.end();
    }
  });
});
