import { expect } from 'chai';
import fc from 'fast-check';
import { FILTERS, type NodeLoad, type ServiceDemand } from '../../lib/schedule/filters.ts';
import { emptyLoad } from '../../lib/schedule/node-load.ts';
import { Placing } from '../../lib/schedule/placing.ts';
import { NO_RESOURCES } from '../../lib/schedule/resources.ts';
import { bookOf, facts, indexOf, nameOf, placeMany, type LoadedFacts } from './support.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const zone = (value: string, rack = ''): Partial<LoadedFacts> => ({ labels: { zone: value, rack } });
const free: ServiceDemand = { constraints: [], maxReplicasPerNode: 0, hostPorts: [] };
const room = (memoryBytes: number): Partial<LoadedFacts> => ({ capacity: { nanoCpus: 4e9, memoryBytes } });

describe('spreading over labels, as in Swarm', () => {
  it('gives each zone as many, however many nodes it has (conformance C123)', () => {
    const nodes = [facts('a', zone('1')), ...['b', 'c', 'd'].map((name) => facts(name, zone('2')))];
    expect(placeMany(nodes, { ...free, spread: ['node.labels.zone'] }, 8)).to.deep.equal({ a: 4, b: 2, c: 1, d: 1 });
  });

  it('spreads within a spread, and hands over what a zone has no room for (conformance C124)', () => {
    const asked = { ...free, spread: ['node.labels.zone', 'node.labels.rack'], reservations: { nanoCpus: 0, memoryBytes: GIB } };
    const nodes = [
      facts('a', { ...zone('1', '1'), ...room(5.5 * GIB) }),
      facts('b', { ...zone('2', '1'), ...room(100 * GIB) }),
      facts('c', { ...zone('2', '1'), ...room(100 * GIB) }),
      facts('d', { ...zone('2', '2'), ...room(100 * GIB) }),
      facts('e', { ...zone('2', '2'), ...room(GIB / 2) }),
    ];
    const counts = placeMany(nodes, asked, 12);
    expect(counts['a']).to.equal(5);
    expect(counts['e']).to.equal(undefined);
    expect([(counts['b'] ?? 0) + (counts['c'] ?? 0), counts['d']].sort()).to.deep.equal([3, 4]);
  });

  it('evens out what is uneven when scaled up, and ends (conformance C125)', () => {
    const nodes = [
      facts('a', { ...zone('1', '1'), tasks: 6 }),
      facts('b', { ...zone('2', '1'), tasks: 1 }),
      facts('c', { ...zone('2', '2') }),
    ];
    const asked = { ...free, spread: ['node.labels.zone', 'node.labels.rack'], own: { a: 6, b: 1 } };
    expect(placeMany(nodes, asked, 5)).to.deep.equal({ b: 2, c: 3 });
  });

  it('counts nodes without the label as a zone of their own', () => {
    const nodes = [facts('a', zone('1')), facts('b', zone('1')), facts('c')];
    expect(placeMany(nodes, { ...free, spread: ['node.labels.zone'] }, 4)).to.deep.equal({ a: 1, b: 1, c: 2 });
  });

  it('spreads over labels of engines too', () => {
    const nodes = [facts('a', { engineLabels: { gpu: 'x' } }), facts('b'), facts('c')];
    expect(placeMany(nodes, { ...free, spread: ['engine.labels.gpu'] }, 4)).to.deep.equal({ a: 2, b: 1, c: 1 });
  });
});

describe('reservations', () => {
  const asked = { ...free, reservations: { nanoCpus: 1e9, memoryBytes: 512 * MIB } };

  it('fill a node as far as they fit, what others reserved counted (conformance C129)', () => {
    const nodes = [
      facts('a', { capacity: { nanoCpus: 4e9, memoryBytes: 8 * GIB }, reserved: { nanoCpus: 25e8, memoryBytes: 0 } }),
      facts('b', { capacity: { nanoCpus: 8e9, memoryBytes: GIB } }),
    ];
    expect(placeMany(nodes, asked, 4)).to.deep.equal({ a: 1, b: 2, 'no suitable node (insufficient resources on 2 nodes)': 1 });
  });

  it('are explained in words of Swarm, and node by node (conformance C129)', () => {
    const small = { capacity: { nanoCpus: 5e8, memoryBytes: 256 * MIB } };
    const nodes = [facts('a', { ready: false }), facts('b', { availability: 'pause' }), facts('c', small)];
    expect(bookOf(nodes, asked).place()).to.deep.equal({
      refused: 'no suitable node (2 nodes not available for new tasks; insufficient resources on 1 node)',
      refusals: [
        { node: 'a', reason: 'not ready' },
        { node: 'b', reason: 'availability is pause' },
        { node: 'c', reason: 'needs 1 CPUs, 0.5 free; needs 512 MiB of memory, 256 MiB free' },
      ],
    });
  });

  it('are given back by a task that leaves (conformance C131)', () => {
    const book = bookOf([facts('a', { capacity: { nanoCpus: 1e9, memoryBytes: GIB } })], asked);
    expect(nameOf(book.place())).to.equal('a');
    expect(nameOf(book.place())).to.match(/insufficient resources/);
    book.release('a', { tasks: 1, reserved: asked.reservations });
    expect(nameOf(book.place())).to.equal('a');
  });

  it('are refused where what the node has is not known', () => {
    expect(nameOf(bookOf([facts('a')], asked).place())).to.match(/insufficient resources on 1 node/);
  });
});

describe('a node where tasks of the service fail', () => {
  const nodes = [facts('a'), facts('b', { tasks: 50 })];
  const failed = (count: number): ServiceDemand => ({ ...free, recentFailures: new Map([['a', count]]) });

  it('is left alone from the fifth failure on', () => {
    expect(placeMany(nodes, failed(4), 1)).to.deep.equal({ a: 1 });
    expect(placeMany(nodes, failed(5), 3)).to.deep.equal({ b: 3 });
  });

  it('is still taken where there is no other, and by tasks that belong there', () => {
    expect(placeMany(nodes.slice(0, 1), failed(9), 2)).to.deep.equal({ a: 2 });
    expect(nameOf(bookOf(nodes, failed(9)).placeOn('a'))).to.equal('a');
  });
});

/** The same decision, by looking at every node: what the index must agree with. */
function placeByScan(nodes: Map<string, LoadedFacts>, demand: ServiceDemand, own: Map<string, number>): string | undefined {
  const load = ({ name, tasks = 0, reserved = NO_RESOURCES }: LoadedFacts): NodeLoad => ({
    ...emptyLoad(),
    own: own.get(name) ?? 0,
    tasks,
    reserved,
  });
  const fit = [...nodes.values()].filter((node) => FILTERS.every((filter) => filter.accepts(node, demand, load(node))));
  fit.sort((a, b) => load(a).own - load(b).own || load(a).tasks - load(b).tasks || (a.name < b.name ? -1 : 1));
  const [best] = fit;
  if (best === undefined) return undefined;
  own.set(best.name, (own.get(best.name) ?? 0) + 1);
  const { nanoCpus } = demand.reservations ?? NO_RESOURCES;
  const reserved = { nanoCpus: (best.reserved?.nanoCpus ?? 0) + nanoCpus, memoryBytes: 0 };
  nodes.set(best.name, { ...best, tasks: load(best).tasks + 1, reserved });
  return best.name;
}

describe('the index', () => {
  const node = fc.record({
    zone: fc.constantFrom('a', 'b'),
    tasks: fc.nat(4),
    cpus: fc.integer({ min: 1, max: 6 }),
    ready: fc.boolean(),
    own: fc.nat(2),
  });

  it('chooses as a look at every node would, whatever came before', () => {
    const draws = fc.record({
      nodes: fc.array(node, { minLength: 1, maxLength: 12 }),
      services: fc.array(fc.record({ count: fc.nat(20), max: fc.nat(3), nanoCpus: fc.constantFrom(0, 1e9), isBound: fc.boolean() }), {
        minLength: 1,
        maxLength: 4,
      }),
    });
    fc.assert(
      fc.property(draws, (draw) => {
        const all = draw.nodes.map((each, rank) =>
          facts(`n${String(rank).padStart(2, '0')}`, {
            ...zone(each.zone),
            tasks: each.tasks + each.own,
            ready: each.ready,
            capacity: { nanoCpus: each.cpus * 1e9, memoryBytes: 0 },
          }),
        );
        const scanned = new Map(all.map((each) => [each.name, each]));
        const index = indexOf(all);
        for (const { count, max, nanoCpus, isBound } of draw.services) {
          const constraints = isBound ? ['node.labels.zone==a'] : [];
          const demand = { constraints, maxReplicasPerNode: max, hostPorts: [], reservations: { nanoCpus, memoryBytes: 0 } };
          const own = new Map(draw.nodes.map((each, rank) => [all[rank]?.name ?? '', each.own]));
          const placing = new Placing(index, demand, new Map(own));
          const placements: string[] = [];
          for (let task = 0; task < count; task++) {
            const placement = placing.place();
            const name = 'node' in placement ? placement.node.name : undefined;
            expect(name).to.equal(placeByScan(scanned, demand, own));
            if (name !== undefined) placements.push(name);
          }
          for (const name of placements) index.addTask(name, demand.reservations);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('decides between zones that are as full as each other by their names, whichever it came to know first (invariant 1)', () => {
    const asked = { ...free, spread: ['node.labels.zone'] };
    const place = (index: ReturnType<typeof indexOf>): string => nameOf(new Placing(index, asked, new Map()).place());
    const grown = indexOf([facts('a', zone('2')), facts('b', zone('3'))]);
    expect(place(grown)).to.equal('a');
    grown.change([facts('b', zone('1'))]);
    expect(place(grown)).to.equal('b');
    expect(place(indexOf([facts('a', zone('2')), facts('b', zone('1'))]))).to.equal('b');
  });

  it('takes nodes that come, change and go', () => {
    const index = indexOf([facts('b')]);
    const place = (): string => nameOf(new Placing(index, { ...free, constraints: ['node.labels.zone==1'] }, new Map()).place());
    expect(place()).to.match(/constraints not satisfied on 1 node/);
    index.change([facts('b', zone('1'))]);
    expect(place()).to.equal('b');
    index.addTask('b');
    index.change([facts('a', zone('1'))]);
    expect(place()).to.equal('a');
    index.addTask('a');
    index.addTask('a');
    expect(place()).to.equal('b');
    index.remove(['b']);
    expect(place()).to.equal('a');
    index.removeTask('a');
    expect(index.load(0).tasks).to.equal(1);
  });
});
