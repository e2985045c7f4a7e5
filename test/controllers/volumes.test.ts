import { expect } from 'chai';
import type { ServiceSpec } from '../../lib/types/generated.ts';
import { node, service, World } from './harness.ts';

const data = (source = 'data'): Partial<ServiceSpec> => ({
  volumes: [{ type: 'volume', source, target: '/data', readOnly: false }],
  restart: { condition: 'any', delay: '0s' },
});
const nodesOf = (world: World): string[] => world.tasks('db').map((task) => `${task.spec.slot} ${task.spec.node}`);
const onHost = (world: World, name: string): string[] => world.running().filter((container) => container.startsWith(`${name}/`));

/** `db` runs on h1, which is fuller than the others. */
async function withData(spec: Partial<ServiceSpec> = {}): Promise<World> {
  const world = await World.create({ nodes: 3 });
  await world.apply(service('db', { ...data(), ...spec }));
  await world.settle();
  expect(nodesOf(world)).to.deep.equal(['1 h1']);
  await world.apply(service('busy', { replicas: 2, placement: { constraints: ['node.hostname==h1'], maxReplicasPerNode: 0 } }));
  await world.settle();
  return world;
}

function crash(world: World): void {
  const [task] = world.tasks('db');
  world.hosts.engine(task?.spec.node ?? '').crash(task?.status?.containerId ?? '');
}

describe('a service that keeps data in a volume of its node', () => {
  it('is replaced where its data is, however full that node is (fault 58)', async () => {
    const world = await withData();
    expect(world.tasks('db')[0]?.spec.volumes).to.deep.equal(['data']);
    for (let round = 0; round < 7; round++) {
      crash(world);
      await world.settle();
      expect(nodesOf(world)).to.deep.equal(['1 h1']);
    }
    await world.apply(service('db', { ...data(), env: { NEW: '1' } }));
    await world.settle(15_000);
    expect(nodesOf(world)).to.deep.equal(['1 h1']);
  });

  it('waits for its node while that is away, and runs nowhere else meanwhile (fault 58)', async () => {
    const world = await withData();
    world.hosts.cut('h1');
    await world.settle(120_000);
    expect([...onHost(world, 'h2'), ...onHost(world, 'h3')].filter((name) => name.includes('_db.'))).to.deep.equal([]);
    expect(nodesOf(world)).to.deep.equal(['1 h1']);
    expect(world.service('db').status?.state).to.equal('Unknown');
    world.hosts.mend('h1');
    await world.settle(60_000);
    expect(world.service('db').status?.state).to.equal('Ready');
    expect(world.running().filter((name) => name.includes('_db.'))).to.have.length(1);
  });

  it('waits and says so where its node takes no new task, and goes on when it does', async () => {
    const world = await withData();
    await world.apply(node('h1', { availability: 'pause' }));
    await world.settle();
    crash(world);
    await world.settle();
    const { status } = world.service('db');
    expect(status?.message).to.contain(
      'no suitable node (cannot fulfill requested volume mounts on 2 nodes; 1 node not available for new tasks)',
    );
    expect(status?.refusals).to.deep.equal([
      { node: 'h1', reason: 'availability is pause' },
      { node: 'h2', reason: 'the data is in a volume on node h1' },
      { node: 'h3', reason: 'the data is in a volume on node h1' },
    ]);
    await world.apply(node('h1'));
    await world.settle();
    expect(nodesOf(world)).to.deep.equal(['1 h1']);
    expect(world.service('db').status?.state).to.equal('Ready');
  });

  it('stays on a drained node and says why', async () => {
    const world = await withData();
    await world.apply(node('h1', { availability: 'drain' }));
    await world.settle(15_000);
    expect(nodesOf(world)).to.deep.equal(['1 h1']);
    expect(world.tasks('db')[0]?.status?.message).to.equal('node h1 is drained; it stays: its data is in a volume on node h1');
    await world.expectQuiet();
  });

  it('goes elsewhere once its node is no longer part of the cluster', async () => {
    const world = await withData();
    world.hosts.cut('h1');
    await world.settle();
    await world.delete('Node', 'h1');
    await world.settle(15_000);
    expect(nodesOf(world)).to.deep.equal(['1 h2']);
  });

  it('never has two containers on its data, though it is updated start-first (fault 58)', async () => {
    const update = { ...service('x').spec.update, order: 'start-first' as const };
    const world = await withData({ update });
    let most = 0;
    const ticks = world.clock;
    await world.apply(service('db', { ...data(), update, env: { NEW: '1' } }));
    for (let tick = 0; tick < 300; tick++) {
      await ticks.advance(20);
      most = Math.max(most, world.running().filter((name) => name.includes('_db.')).length);
    }
    await world.settle(10_000);
    expect([most, nodesOf(world), world.service('db').status?.state]).to.deep.equal([1, ['1 h1'], 'Ready']);
  });

  it('has a home for each slot, its volume named after it', async () => {
    const world = await World.create({ nodes: 3 });
    await world.apply(service('db', { ...data('data-{{.Task.Slot}}'), replicas: 3 }));
    await world.settle();
    const before = nodesOf(world);
    expect(world.tasks('db').map(({ spec }) => spec.volumes?.[0])).to.deep.equal(['data-1', 'data-2', 'data-3']);
    for (const task of world.tasks('db')) world.hosts.engine(task.spec.node).crash(task.status?.containerId ?? '');
    await world.settle();
    expect(nodesOf(world)).to.deep.equal(before);
    await world.stopController();
    world.startController();
    await world.apply(service('db', { ...data('data-{{.Task.Slot}}'), replicas: 3, env: { NEW: '1' } }));
    await world.settle(30_000);
    expect(nodesOf(world)).to.deep.equal(before);
  });

  const others: [string, Partial<ServiceSpec>][] = [
    ['reads its volume only', { volumes: [{ type: 'volume', source: 'data', target: '/data', readOnly: true }] }],
    ['has a volume for each attempt', data('data-{{.Task.ID}}')],
    ['has an anonymous volume', { volumes: [{ type: 'volume', target: '/data', readOnly: false }] }],
  ];
  for (const [title, spec] of others)
    it(`is free to move where it ${title}`, async () => {
      const world = await withData(spec);
      world.hosts.cut('h1');
      await world.settle(60_000);
      expect(nodesOf(world)).to.include('1 h2');
    });
});
