import { expect } from 'chai';
import { node, service, World } from './harness.ts';
import { sample } from './sampling.ts';

const GIB = 1024 ** 3;
const nodesOf = (world: World, name: string): string[] =>
  world
    .tasks(name)
    .map((task) => task.spec.node)
    .sort();

async function worldWith(labels: Record<string, Record<string, string>>): Promise<World> {
  const world = await World.create({ nodes: Object.keys(labels).length });
  for (const [name, of] of Object.entries(labels)) await world.apply(node(name, {}, of));
  await world.settle();
  return world;
}

describe('placing services on hosts', () => {
  it('keeps what tasks reserve, says why each node is refused, and goes on when room is made (conformance C129, C131)', async () => {
    const world = await World.create({ nodes: 2 });
    // Of the 4 GiB that a host in memory has.
    const memory = 2.5 * GIB;
    await world.apply(service('big', { replicas: 2, resources: { reservations: { memory } } }));
    await world.settle();
    expect(nodesOf(world, 'big')).to.deep.equal(['h1', 'h2']);
    expect(world.tasks('big')[0]?.spec.reservations).to.deep.equal({ memoryBytes: memory });

    await world.apply(service('late', { resources: { reservations: { memory } } }));
    await world.settle();
    const { status } = world.service('late');
    expect(status?.message).to.contain('no suitable node (insufficient resources on 2 nodes)');
    expect(status?.refusals?.map((refusal) => refusal.node)).to.deep.equal(['h1', 'h2']);
    expect(status?.refusals?.[0]?.reason).to.match(/^needs \d+ MiB of memory, \d+ MiB free$/);
    await world.expectQuiet();

    await world.apply(service('big', { replicas: 1, resources: { reservations: { memory } } }));
    await world.settle(15_000);
    expect(nodesOf(world, 'late')).to.have.length(1);
    expect(world.service('late').status).to.include({ state: 'Ready' });
    expect(world.service('late').status?.refusals).to.equal(undefined);
  });

  it('gives the engine the reserved memory as its soft limit', async () => {
    const world = await World.create({ nodes: 1 });
    await world.apply(service('web', { resources: { reservations: { memory: '64Mi', cpus: 0.25 } } }));
    await world.settle();
    expect(world.containers()[0]?.container.config.HostConfig?.MemoryReservation).to.equal(GIB / 16);
    expect(world.tasks('web')[0]?.spec.reservations).to.deep.equal({ cpus: 0.25, memoryBytes: GIB / 16 });
  });

  it('spreads over zones (conformance C123)', async () => {
    const world = await worldWith({ h1: { zone: 'a' }, h2: { zone: 'b' }, h3: { zone: 'b' } });
    await world.apply(service('web', { replicas: 8, placement: { preferences: [{ spread: 'node.labels.zone' }], maxReplicasPerNode: 0 } }));
    await world.settle();
    expect(nodesOf(world, 'web')).to.deep.equal(['h1', 'h1', 'h1', 'h1', 'h2', 'h2', 'h3', 'h3']);
  });

  it('moves tasks off a node that no longer meets the constraints, the replacement ready first (conformance C116)', async () => {
    const world = await worldWith({ h1: { disk: 'ssd' }, h2: { disk: 'ssd' }, h3: {} });
    await world.apply(service('web', { replicas: 2, placement: { constraints: ['node.labels.disk==ssd'], maxReplicasPerNode: 0 } }));
    await world.settle();
    expect(nodesOf(world, 'web')).to.deep.equal(['h1', 'h2']);
    const seen = sample(world);
    await world.apply(node('h1', {}, { disk: 'hdd' }));
    await world.settle(15_000);
    expect(nodesOf(world, 'web')).to.deep.equal(['h2', 'h2']);
    expect(world.service('web').status).to.include({ state: 'Ready', summary: '2/2' });
    seen.stop();
    expect([seen.least, seen.most]).to.deep.equal([2, 3]);
    await world.expectQuiet();
  });

  it('leaves a task where it is while no node meets changed constraints', async () => {
    const world = await worldWith({ h1: {}, h2: {} });
    await world.apply(service('web', { replicas: 1 }));
    await world.settle();
    await world.apply(service('web', { replicas: 1, placement: { constraints: ['node.labels.disk==ssd'], maxReplicasPerNode: 0 } }));
    await world.settle();
    expect(world.running()).to.have.length(1);
    expect(world.service('web').status?.refusals).to.deep.equal([
      { node: 'h1', reason: 'does not meet node.labels.disk==ssd' },
      { node: 'h2', reason: 'does not meet node.labels.disk==ssd' },
    ]);
    await world.apply(node('h2', {}, { disk: 'ssd' }));
    await world.settle(15_000);
    expect(nodesOf(world, 'web')).to.deep.equal(['h2']);
  });

  it('sees what an engine tells of itself after it was configured anew', async () => {
    const world = await worldWith({ h1: {}, h2: {} });
    await world.apply(service('web', { placement: { constraints: ['engine.labels.gpu==yes'], maxReplicasPerNode: 0 } }));
    await world.settle();
    expect(nodesOf(world, 'web')).to.deep.equal([]);
    world.hosts.engine('h2').reconfigure({ labels: { gpu: 'yes' } });
    await world.settle();
    expect(nodesOf(world, 'web')).to.deep.equal(['h2']);
  });

  it('tries a node five times, then another, and again after an update; a restart of the controller forgets nothing (conformance C127, C128)', async () => {
    const world = await World.create({ nodes: 2 });
    const restart = { condition: 'any', delay: '0s' } as const;
    await world.apply(service('busy', { replicas: 2, placement: { constraints: ['node.hostname==h2'], maxReplicasPerNode: 0 } }));
    await world.apply(service('pinned', { mode: 'global', restart }));
    await world.settle();
    await world.apply(service('web', { restart }));
    await world.settle();
    const crash = async (name: string, on: string): Promise<void> => {
      const task = world.tasks(name).find((each) => each.spec.node === on);
      world.hosts.engine(on).crash(task?.status?.containerId ?? '');
      await world.settle();
    };
    for (let failure = 1; failure <= 4; failure++) {
      expect(nodesOf(world, 'web')).to.deep.equal(['h1']);
      await crash('web', 'h1');
      await crash('pinned', 'h1');
    }
    await world.stopController();
    world.startController();
    await world.settle();
    await crash('web', 'h1');
    await crash('pinned', 'h1');
    expect(nodesOf(world, 'web')).to.deep.equal(['h2']);
    expect(nodesOf(world, 'pinned')).to.deep.equal(['h1', 'h2']);
    await world.apply(service('web', { restart, env: { NEW: '1' } }));
    await world.settle(15_000);
    expect(nodesOf(world, 'web')).to.deep.equal(['h1']);
    await world.expectQuiet();
  });

  it('fills placeholders in for each task (conformance C173)', async () => {
    const world = await World.create({ nodes: 1 });
    await world.apply(service('web', { replicas: 2, hostname: '{{.Service.Name}}-{{.Task.Slot}}', env: { ON: '{{.Node.ID}}' } }));
    await world.settle();
    const configs = world.containers().map(({ container }) => container.config);
    expect(configs.map((config) => config.Hostname).sort()).to.deep.equal(['web-1', 'web-2']);
    expect(configs[0]?.Env).to.deep.equal(['ON=uid-h1']);
    await world.expectQuiet();
  });
});
