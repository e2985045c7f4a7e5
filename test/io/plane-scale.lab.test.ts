import { expect } from 'chai';
import type { Served, ServedService } from '../../lib/dataplane/model.ts';
import { network, service } from '../dataplane/sample.ts';
import { undisturbed } from '../lab/undisturbed.ts';
import { PlaneLab } from './plane-lab.ts';

const SHOP = network('shop', 210, 1);
const SERVICES = 1000;
const ENDPOINTS = 10;

/** Ten tasks each, and a published port; their addresses need not exist. */
function many(): ServedService[] {
  return Array.from({ length: SERVICES }, (_none, index) => {
    const vip = `10.210.${String(240 + (index >> 8))}.${String(index & 255)}`;
    const addresses = Array.from({ length: ENDPOINTS }, (_one, task) => `10.210.1.${String(((index * ENDPOINTS + task) % 250) + 2)}`);
    return {
      ...service('shop', `s${String(index)}`, vip, addresses),
      ports: [{ protocol: 'tcp', target: 80, published: 10_000 + index, policy: 'cluster' }],
    };
  });
}

const added = (name: string, index: number): ServedService => service('shop', name, `10.210.250.${String(index)}`, ['10.210.1.9']);

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Infinity;
}

describe('1,000 services of 10 endpoints', () => {
  let plane: PlaneLab;
  let served: Served;

  before(async function () {
    this.timeout(240_000);
    plane = await PlaneLab.up(1);
    await plane.makeNetwork(SHOP);
    served = { nodes: plane.nodes(), networks: [SHOP], services: many() };
    await plane.serve(served);
  });

  after(() => plane.down());

  it('take one more on a node within 150 ms, rendering included', async function () {
    this.timeout(120_000);
    const typical = await undisturbed(150, async () => {
      const times: number[] = [];
      for (let turn = 0; turn < 20; turn += 1) {
        const services = [...served.services, added(`new${String(turn)}`, turn + 1)];
        const begun = performance.now();
        await plane.serve({ ...served, services });
        times.push(performance.now() - begun);
      }
      console.log(`      median ${median(times).toFixed(0)} ms, slowest ${Math.max(...times).toFixed(0)} ms`);
      return median(times);
    });
    expect(typical).to.be.lessThan(150);
  });

  it('are there by their changes as they would be anew', async function () {
    this.timeout(60_000);
    const list = async (): Promise<string[]> =>
      (await plane.on(1, 'nft', 'list', 'table', 'ip', 'dswarm')).stdout.split('\n').filter((line) => !line.includes('generation_'));
    await plane.serve(served);
    const byChanges = (await list()).sort();
    expect(byChanges.join('\n').match(/chain vip_/g)).to.have.lengthOf(SERVICES);
    await plane.serve({ ...served, nodes: [...served.nodes, { name: 'other' }] });
    await plane.serve({ ...served, nodes: [...served.nodes] });
    expect((await list()).sort()).to.deep.equal(byChanges);
  });
});
