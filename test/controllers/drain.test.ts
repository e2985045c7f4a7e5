import { expect } from 'chai';
import type { ServiceSpec } from '../../lib/types/generated.ts';
import { healthcheck, IMAGE_2, node, service, World } from './harness.ts';
import { sample } from './sampling.ts';

const update = (changes: Partial<ServiceSpec['update']>): ServiceSpec['update'] => ({ ...service('x').spec.update, ...changes });
const on = (world: World, name: string): string[] => world.running().filter((entry) => entry.startsWith(`${name}/`));
const drain = (world: World, name: string): Promise<void> => world.apply(node(name, { availability: 'drain' }));

async function slowWorld(spec: Partial<ServiceSpec>, options: { nodes?: number; healthAfter?: number | 'manual' } = {}): Promise<World> {
  const latency = { create: 20, start: 100, stop: 50, remove: 20 };
  const world = await World.create({ nodes: options.nodes ?? 3, engine: { latency, healthAfter: options.healthAfter ?? 200 } });
  await world.apply(service('web', spec));
  await world.settle(10_000);
  return world;
}

describe('draining a node', () => {
  it('moves its tasks without ever running fewer than wanted, one at a time as parallelism says (conformance C017, C019)', async () => {
    const world = await slowWorld({ replicas: 9, healthcheck });
    const seen = sample(world);
    await drain(world, 'h2');
    await world.settle(20_000);
    seen.stop();
    expect(on(world, 'h2')).to.deep.equal([]);
    expect(world.running()).to.have.length(9);
    expect({ least: seen.least, most: seen.most }).to.deep.equal({ least: 9, most: 10 });
    expect(world.hosts.engine('h2').containers.size).to.equal(0);
    expect(world.service('web').status?.state).to.equal('Ready');
    await world.expectQuiet();
  });

  it('moves as many at a time as parallelism says; 0: all at once', async () => {
    for (const [parallelism, most] of [
      [2, 11],
      [0, 12],
    ]) {
      const world = await slowWorld({ replicas: 9, healthcheck, update: update({ parallelism: parallelism ?? 1 }) });
      const seen = sample(world);
      await drain(world, 'h2');
      await world.settle(20_000);
      seen.stop();
      expect({ least: seen.least, most: seen.most }).to.deep.equal({ least: 9, most });
      expect(on(world, 'h2')).to.deep.equal([]);
    }
  });

  it('stops nothing while the replacement is not healthy', async () => {
    const world = await slowWorld({ replicas: 3, healthcheck }, { healthAfter: 'manual' });
    for (const { node: host, container } of world.containers()) world.hosts.engine(host).setHealth(container.id, 'healthy');
    await world.settle();
    const before = on(world, 'h2');
    expect(before).to.have.length(1);
    await drain(world, 'h2');
    await world.settle(60_000);
    expect(world.running()).to.have.length(4);
    expect(on(world, 'h2')).to.deep.equal(before);
    expect(world.service('web').status?.ready).to.equal(3);
    for (const { node: host, container } of world.containers()) world.hosts.engine(host).setHealth(container.id, 'healthy');
    await world.settle();
    expect(on(world, 'h2')).to.deep.equal([]);
  });

  it('leaves a task that can go nowhere else, and says why at the task', async () => {
    const world = await World.create();
    await world.apply(service('web', { replicas: 1, placement: { constraints: ['node.hostname==h2'], maxReplicasPerNode: 0 } }));
    await world.settle();
    await drain(world, 'h2');
    await world.settle();
    expect(on(world, 'h2')).to.have.length(1);
    expect(world.tasks('web')[0]?.status?.message).to.match(/^node h2 is drained; it stays: no suitable node \(/);
    expect(world.service('web').status?.state).to.equal('Ready');
    await world.expectQuiet();
    await world.apply(service('web', { replicas: 1 }));
    await world.settle();
    expect(on(world, 'h2')).to.deep.equal([]);
    expect(world.running()).to.have.length(1);
  });

  it('stops the tasks of global services; they come back when it is active again (conformance C025, C037)', async () => {
    const world = await World.create();
    await world.apply(service('agent', { mode: 'global' }));
    await world.settle();
    await drain(world, 'h2');
    await world.settle();
    expect(world.running().map((entry) => entry.slice(0, 2))).to.deep.equal(['h1', 'h3']);
    expect(world.service('agent').status).to.include({ state: 'Ready', summary: '2/2' });
    await world.apply(service('agent', { mode: 'global', image: IMAGE_2 }));
    await world.settle(30_000);
    expect(world.running().map((entry) => entry.slice(0, 2))).to.deep.equal(['h1', 'h3']);
    await world.apply(node('h2'));
    await world.settle();
    expect(world.running().map((entry) => entry.slice(0, 2))).to.deep.equal(['h1', 'h2', 'h3']);
  });

  it('and making it active again moves nothing back; a later scale-up uses it (conformance C020)', async () => {
    const world = await slowWorld({ replicas: 6 });
    await drain(world, 'h2');
    await world.settle(20_000);
    const moved = world.running();
    await world.apply(node('h2'));
    await world.settle(20_000);
    expect(world.running()).to.deep.equal(moved);
    await world.apply(service('web', { replicas: 8 }));
    await world.settle();
    expect(on(world, 'h2')).to.have.length(2);
  });

  it('that was paused before moves its tasks too (conformance C017)', async () => {
    const world = await slowWorld({ replicas: 6 });
    await world.apply(node('h2', { availability: 'pause' }));
    await world.settle();
    expect(on(world, 'h2')).to.have.length(2);
    await drain(world, 'h2');
    await world.settle(20_000);
    expect(on(world, 'h2')).to.deep.equal([]);
  });

  it('is done where hosts answer slowly: what is gone is not taken for what was never made', async () => {
    const latency = { list: 300, create: 20, start: 100, stop: 50, remove: 20 };
    const world = await World.create({ engine: { latency } });
    await world.apply(service('web', { replicas: 9, update: update({ parallelism: 2 }) }));
    await world.settle(10_000);
    await drain(world, 'h2');
    await world.settle(30_000);
    expect(world.tasks('web').filter((task) => task.spec.node === 'h2')).to.deep.equal([]);
    expect(world.containers()).to.have.length(9);
  });

  it('touches no container that is not ours', async () => {
    const world = await World.create();
    const foreign = await world.hosts
      .engine('h2')
      .createContainer('theirs', { Image: 'registry.test/hello:1', Labels: {}, HostConfig: { RestartPolicy: { Name: 'no' } } });
    await world.hosts.engine('h2').startContainer(foreign.id);
    await drain(world, 'h2');
    await world.settle(20_000);
    expect(on(world, 'h2')).to.deep.equal(['h2/theirs']);
  });

  it('goes on where it was when the controller is killed at any moment, and never below the wanted number', async () => {
    for (let killAt = 0; killAt < 800; killAt += 80) {
      const world = await slowWorld({ replicas: 3 });
      const seen = sample(world);
      await drain(world, 'h2');
      await world.settle(killAt);
      await world.stopController();
      world.startController();
      await world.settle(20_000);
      seen.stop();
      expect(on(world, 'h2'), `killed after ${killAt} ms`).to.deep.equal([]);
      expect(world.containers(), `killed after ${killAt} ms`).to.have.length(3);
      expect(seen.least).to.equal(3);
    }
  });

  it('of an unreachable node fails its tasks over as any other', async () => {
    const world = await slowWorld({ replicas: 6 });
    world.hosts.cut('h2');
    await world.settle(1_000);
    await drain(world, 'h2');
    await world.settle(20_000);
    expect(world.running()).to.have.length(8);
    world.hosts.mend('h2');
    await world.settle(20_000);
    expect(on(world, 'h2')).to.deep.equal([]);
    expect(world.containers()).to.have.length(6);
  });
});
