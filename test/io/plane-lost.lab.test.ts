import { expect } from 'chai';
import { network } from '../dataplane/sample.ts';
import { lab } from '../lab/fixture.ts';
import type { ShellResult } from '../lab/shell.ts';
import { until } from './links.ts';
import { PlaneLab } from './plane-lab.ts';

const NETWORK = network('shop', 210, 3);

describe('planes of which one is lost', function () {
  this.timeout(240_000);
  let plane: PlaneLab;

  before(async () => {
    plane = await PlaneLab.up(3);
    await plane.makeNetwork(NETWORK);
    await plane.start([1, 'client'], NETWORK, '10.210.1.9', 'sleep');
    for (const index of [2, 3]) await plane.start([index, `web-${String(index)}`], NETWORK, `10.210.${String(index)}.2`);
    await plane.serve({ nodes: plane.nodes(), networks: [NETWORK], services: [] });
  });

  after(async () => {
    await plane.down();
    await lab('on', '3');
  });

  it('keep the way to each other open, however much is sent to the one that is gone', async () => {
    const client: [number, string] = [1, 'client'];
    // Two ends whose first messages cross begin anew after 5 s.
    for (const host of [2, 3]) await until(async () => (await plane.code(client, `http://10.210.${String(host)}.2:8080/`)) === 0, 15_000);
    await lab('off', '3');
    // As after a while: what is sent to a neighbour that was heard a moment ago is lost; later it waits for the neighbour.
    await plane.on(1, 'ip', 'neigh', 'flush', 'to', plane.host(3).address);
    const many = (host: number, [atOnce, seconds, count]: [number, number, number]): Promise<ShellResult> => {
      const url = `http://10.210.${String(host)}.2:8080/?[1-${String(count)}]`;
      return plane.on(
        client,
        'curl',
        ...['-s', '-Z', '--parallel-immediate', '--parallel-max'],
        String(atOnce),
        '-m',
        String(seconds),
        url,
      );
    };
    let flooded = false;
    const flood = many(3, [200, 6, 800]).then(() => (flooded = true));
    let asked = 0;
    let answered = 0;
    while (!flooded) {
      asked += 500;
      answered += (await many(2, [50, 5, 500])).stdout.split('\n').filter((line) => line !== '').length;
    }
    await flood;
    expect(answered).to.equal(asked);
  });
});
