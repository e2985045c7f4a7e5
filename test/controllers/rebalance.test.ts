import { expect } from 'chai';
import type { ServiceSpec } from '../../lib/types/generated.ts';
import { IMAGE, node, service, World } from './harness.ts';
import { sample } from './sampling.ts';

const rebalanced: Partial<ServiceSpec> = { replicas: 6, placement: { rebalance: 'onNodeReady', maxReplicasPerNode: 0 } };
const counts = (world: World): Record<string, number> => {
  const by: Record<string, number> = {};
  for (const { spec } of world.tasks('web')) by[spec.node] = (by[spec.node] ?? 0) + 1;
  return by;
};

async function twoNodes(spec: Partial<ServiceSpec>): Promise<World> {
  const world = await World.create({ nodes: 2, engine: { latency: { start: 200 } } });
  await world.apply(service('web', spec));
  await world.settle();
  expect(counts(world)).to.deep.equal({ h1: 3, h2: 3 });
  return world;
}

async function join(world: World, name: string): Promise<void> {
  world.hosts.add(name, { images: [IMAGE], latency: { start: 200 } });
  await world.apply(node(name));
}

describe('placement.rebalance onNodeReady', () => {
  it('moves tasks to a node that joins, one at a time, the replacement ready first, and then nothing more', async () => {
    const world = await twoNodes(rebalanced);
    const seen = sample(world);
    await join(world, 'h3');
    await world.settle(20_000);
    seen.stop();
    expect(counts(world)).to.deep.equal({ h1: 2, h2: 2, h3: 2 });
    expect([seen.least, seen.most]).to.deep.equal([6, 7]);
    expect(world.service('web').status).to.include({ state: 'Ready', summary: '6/6' });
    await world.expectQuiet();
  });

  it('waits while a task is not ready', async () => {
    const world = await World.create({ nodes: 2, engine: { healthAfter: 'manual' } });
    const times = { interval: '30s', timeout: '30s', retries: 3, startPeriod: '0s', startInterval: '5s' };
    const healthcheck = { test: ['CMD', 'true'], disable: false, ...times };
    await world.apply(service('web', { ...rebalanced, replicas: 4, healthcheck }));
    await world.settle();
    for (const { node: on, container } of world.containers()) world.hosts.engine(on).setHealth(container.id, 'healthy');
    await world.settle();
    const sick = world.anyRunning();
    world.hosts.engine(sick.node).setHealth(sick.container.id, 'starting');
    await world.manager?.cluster.relist(sick.node);
    await join(world, 'h3');
    await world.settle();
    expect(counts(world)['h3']).to.equal(undefined);
    world.hosts.engine(sick.node).setHealth(sick.container.id, 'healthy');
    await world.settle();
    expect(counts(world)['h3']).to.equal(1);
  });

  it('ends right though the controller is killed in the middle', async () => {
    const world = await twoNodes(rebalanced);
    await join(world, 'h3');
    await world.clock.until(() => world.tasks('web').some(({ spec }) => spec.evensOut !== undefined));
    await world.stopController();
    world.startController();
    await world.settle(20_000);
    expect(counts(world)).to.deep.equal({ h1: 2, h2: 2, h3: 2 });
    expect(world.running()).to.have.length(6);
    await world.expectQuiet();
  });

  it('moves back to a node that returns, once it is steady', async () => {
    const world = await twoNodes(rebalanced);
    world.hosts.cut('h2');
    await world.settle(40_000);
    expect(counts(world)).to.include({ h1: 6 });
    world.hosts.mend('h2');
    await world.settle(20_000);
    expect(counts(world)).to.deep.equal({ h1: 6 });
    await world.settle(60_000);
    expect(counts(world)).to.deep.equal({ h1: 3, h2: 3 });
    await world.expectQuiet();
  });

  it('is asked for: by default nothing moves', async () => {
    const world = await twoNodes({ replicas: 6 });
    await join(world, 'h3');
    await world.settle(20_000);
    expect(counts(world)).to.deep.equal({ h1: 3, h2: 3 });
  });
});
