import { expect } from 'chai';
import fc from 'fast-check';
import { FILTERS, type ServiceDemand } from '../../lib/schedule/filters.ts';
import type { NodeIndex } from '../../lib/schedule/node-index.ts';
import { nextMove } from '../../lib/schedule/rebalance.ts';
import { facts, indexOf } from './support.ts';

const free: ServiceDemand = { constraints: [], maxReplicasPerNode: 0, hostPorts: [] };

/** Moves until there is nothing to move; fails where that takes more moves than there are tasks. */
function balance(index: NodeIndex, demand: ServiceDemand, own: Map<string, number>): number {
  const all = [...own.values()].reduce((sum, count) => sum + count, 0);
  for (let moves = 0; ; moves++) {
    const move = nextMove(index, demand, own);
    if (move === undefined) return moves;
    expect(moves, 'as many moves as tasks').to.be.lessThan(Math.max(1, all));
    index.removeTask(move.from, demand.reservations);
    index.addTask(move.to, demand.reservations);
    own.set(move.from, (own.get(move.from) ?? 0) - 1);
    own.set(move.to, (own.get(move.to) ?? 0) + 1);
  }
}

const node = fc.record({
  own: fc.nat(6),
  others: fc.nat(3),
  zone: fc.constantFrom('a', 'b'),
  cpus: fc.integer({ min: 0, max: 12 }),
  ready: fc.boolean(),
  failed: fc.boolean(),
});

describe('evening out where tasks run', () => {
  it('moves no more tasks than it must, and ends with no node two above one that would take a task', () => {
    fc.assert(
      fc.property(fc.array(node, { minLength: 1, maxLength: 8 }), fc.nat(4), fc.boolean(), (draws, max, isSpread) => {
        const named = draws.map((draw, at) => ({ ...draw, name: `n${at}` }));
        const nodes = named.map(({ name, zone, cpus, ready, own, others }) => {
          const capacity = { nanoCpus: cpus * 1e9, memoryBytes: 0 };
          return facts(name, { labels: { zone }, ready, capacity, tasks: own + others, reserved: { nanoCpus: own * 1e9, memoryBytes: 0 } });
        });
        const failures = new Map(named.filter(({ failed }) => failed).map(({ name }) => [name, 1]));
        const reservations = { nanoCpus: 1e9, memoryBytes: 0 };
        const spread = isSpread ? { spread: ['node.labels.zone'] } : {};
        const demand = { ...free, maxReplicasPerNode: max, reservations, recentFailures: failures, ...spread };
        const index = indexOf(nodes);
        const own = new Map(named.map((draw) => [draw.name, draw.own]));
        balance(index, demand, own);
        for (const [rank, target] of index.all().entries()) {
          const load = { ...index.load(rank), own: own.get(target.name) ?? 0 };
          if (failures.has(target.name) || !FILTERS.every((filter) => filter.accepts(target, demand, load))) continue;
          const rivals = index.all().filter(({ labels }) => !isSpread || labels['zone'] === target.labels['zone']);
          for (const rival of rivals) expect((own.get(rival.name) ?? 0) - load.own).to.be.lessThan(2);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('takes from the fullest, gives to the emptiest, and leaves a difference of one', () => {
    const index = indexOf([facts('a', { tasks: 4 }), facts('b', { tasks: 3 }), facts('c')]);
    expect(
      nextMove(
        index,
        free,
        new Map([
          ['a', 4],
          ['b', 3],
        ]),
      ),
    ).to.deep.equal({ from: 'a', to: 'c' });
    expect(
      balance(
        index,
        free,
        new Map([
          ['a', 4],
          ['b', 3],
        ]),
      ),
    ).to.equal(2);
    expect(
      nextMove(
        index,
        free,
        new Map([
          ['a', 2],
          ['b', 2],
          ['c', 1],
        ]),
      ),
    ).to.equal(undefined);
  });

  it('evens out zones before the nodes in them', () => {
    const zone = (value: string): { labels: Record<string, string> } => ({ labels: { zone: value } });
    const index = indexOf([facts('a', zone('1')), facts('b', zone('2')), facts('c', zone('2'))]);
    const demand = { ...free, spread: ['node.labels.zone'] };
    expect(
      nextMove(
        index,
        demand,
        new Map([
          ['a', 2],
          ['b', 2],
          ['c', 2],
        ]),
      ),
    ).to.deep.equal({ from: 'b', to: 'a' });
    expect(
      nextMove(
        index,
        demand,
        new Map([
          ['a', 3],
          ['b', 2],
          ['c', 1],
        ]),
      ),
    ).to.equal(undefined);
    expect(
      nextMove(
        index,
        demand,
        new Map([
          ['a', 4],
          ['b', 3],
        ]),
      ),
    ).to.deep.equal({ from: 'b', to: 'c' });
  });

  it('goes to no node that is not ready, that has no room, or where the service failed lately', () => {
    const own = new Map([['a', 4]]);
    const to = (index: NodeIndex, changes: Partial<ServiceDemand> = {}): unknown => nextMove(index, { ...free, ...changes }, own);
    expect(to(indexOf([facts('a'), facts('b', { ready: false })]))).to.equal(undefined);
    expect(to(indexOf([facts('a'), facts('b', { availability: 'pause' })]))).to.equal(undefined);
    expect(to(indexOf([facts('a'), facts('b')]), { reservations: { nanoCpus: 1, memoryBytes: 0 } })).to.equal(undefined);
    expect(to(indexOf([facts('a'), facts('b')]), { recentFailures: new Map([['b', 1]]) })).to.equal(undefined);
    expect(to(indexOf([facts('a'), facts('b')]))).to.deep.equal({ from: 'a', to: 'b' });
  });
});
