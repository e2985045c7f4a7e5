import { expect } from 'chai';
import type { Served } from '../../lib/dataplane/model.ts';
import { network, service } from '../dataplane/sample.ts';
import { docker } from '../lab/fixture.ts';
import { until } from './links.ts';
import { PlaneLab } from './plane-lab.ts';

const SHOP = network('shop', 210, 3);
const BANK = network('bank', 212, 3);
const VIP = '10.210.240.1';
const PORT = 30_080;

describe('planes of hosts that nobody can dial', () => {
  let plane: PlaneLab;
  let served: Served;

  before(async function () {
    this.timeout(240_000);
    plane = await PlaneLab.up(3);
    for (const one of [SHOP, BANK]) await plane.makeNetwork(one);
    for (const index of [2, 3]) {
      await plane.start([index, `web-${String(index)}`], SHOP, `10.210.${String(index)}.2`);
      await plane.start([index, `bank-${String(index)}`], BANK, `10.212.${String(index)}.2`);
    }
    // h2 and h3 take nothing in that they have not begun, and nothing at all from each other.
    for (const [index, other] of [
      [2, 3],
      [3, 2],
    ] as const) {
      // prettier-ignore
      const rules = [
        'add table inet nat_box',
        'add chain inet nat_box in { type filter hook input priority -300; }',
        'add rule inet nat_box in udp dport 51820 ct state new drop',
        `add rule inet nat_box in ip saddr ${plane.host(other).address} drop`,
      ];
      await plane.on(index, 'nft', rules.join('; '));
    }
    const ports = [{ protocol: 'tcp', target: 8080, published: PORT, policy: 'cluster' } as const];
    const web = { ...service('shop', 'web', VIP, ['10.210.3.2']), ports };
    const nodes = plane.nodes().map((node) => (node.name === 'h1' ? node : { name: node.name, publicKey: node.publicKey ?? '' }));
    served = { nodes, networks: [SHOP, BANK], services: [web] };
    for (const { index } of plane.hosts) await docker(plane.host(index), 'restart', '-t', '1', 'dswarm-mesh');
    await plane.serve(served);
  });

  after(async () => {
    for (const index of [2, 3]) await plane.on(index, 'nft', 'delete', 'table', 'inet', 'nat_box');
    await plane.down();
  });

  it('reach each other by one that both dial: by address, by virtual address, by published port', async function () {
    this.timeout(90_000);
    await until(async () => (await plane.code([2, 'web-2'], 'http://10.210.3.2:8080/')) === 0, 60_000);
    expect(await plane.get([2, 'web-2'], 'http://10.210.3.2:8080/')).to.deep.equal(['hello 1 from web-3']);
    expect(await plane.get([3, 'web-3'], 'http://10.210.2.2:8080/')).to.deep.equal(['hello 1 from web-2']);
    expect(await plane.get([2, 'web-2'], `http://${VIP}:8080/`)).to.deep.equal(['hello 1 from web-3']);
    expect(await plane.get(2, `http://127.0.0.1:${String(PORT)}/`)).to.deep.equal(['hello 1 from web-3']);
    expect((await plane.on(2, 'ping', '-c', '1', '-W', '2', plane.host(3).address)).code, 'no other way').to.not.equal(0);
  });

  it('do not reach another namespace through it, by whichever address', async () => {
    expect(await plane.get([2, 'bank-2'], 'http://10.212.3.2:8080/')).to.deep.equal(['hello 1 from bank-3']);
    expect(await plane.code([2, 'bank-2'], 'http://10.210.3.2:8080/')).to.not.equal(0);
    expect(await plane.code([2, 'web-2'], 'http://10.212.3.2:8080/')).to.not.equal(0);
    // As if h2 let out what it should not: the one in the middle does not pass it on.
    const before = await dropped();
    await plane.on(2, 'nft', 'flush chain ip dswarm leave_dsw000000d2; insert rule ip dswarm raw accept');
    expect(await plane.code([2, 'web-2'], 'http://10.212.3.2:8080/')).to.not.equal(0);
    expect(await dropped()).to.be.greaterThan(before);
  });

  /** Packets that the one in the middle has not passed on. */
  async function dropped(): Promise<number> {
    const list = async (): Promise<string> => (await plane.on(1, 'nft', 'list', 'chain', 'ip', 'dswarm', 'relay')).stdout;
    if (!(await list()).includes('counter'))
      await plane.on(1, 'nft', 'insert rule ip dswarm relay ip saddr 10.210.0.0/16 ip daddr 10.212.0.0/16 counter drop');
    return Number(/counter packets (\d+)/.exec(await list())?.[1] ?? 0);
  }
});
