import { expect } from 'chai';
import { RESYNC_MS, service, World, type WorldOptions } from './harness.ts';

const told = (world: World): string[] => world.told.filter(({ reason }) => reason === 'ExternalChange').map(({ message }) => message);

async function converged(options: WorldOptions = {}): Promise<World> {
  const world = await World.create(options);
  await world.apply(service('web', { replicas: 3 }));
  await world.settle();
  expect(told(world)).to.deep.equal([]);
  return world;
}

describe('what people do to containers by hand', () => {
  it('is mended and told once: one that was removed is made again (fault 54)', async () => {
    const world = await converged();
    const { node, container } = world.anyRunning();
    await world.hosts.engine(node).removeContainer(container.id, { force: true });
    await world.settle();
    expect(world.running()).to.have.length(3);
    expect(told(world)).to.deep.equal([`container ${container.name} on ${node} was removed by somebody else; it is made again`]);
    await world.expectQuiet();
    expect(told(world)).to.have.length(1);
  });

  it('is mended and told once: one that its engine takes a while to remove (fault 54)', async () => {
    const world = await converged({ engine: { latency: { remove: 300 } } });
    const { node, container } = world.anyRunning();
    const removing = world.hosts.engine(node).removeContainer(container.id, { force: true });
    await world.settle();
    await removing;
    expect(world.running()).to.have.length(3);
    expect(told(world)).to.deep.equal([`container ${container.name} on ${node} was removed by somebody else; it is made again`]);
    await world.expectQuiet();
  });

  it('is mended and told once: one that was stopped is replaced (fault 54)', async () => {
    const world = await converged();
    const { node, container } = world.anyRunning();
    await world.hosts.engine(node).stopContainer(container.id, 1);
    await world.settle(20_000);
    expect(world.running()).to.have.length(3);
    expect(told(world)).to.deep.equal([`container ${container.name} on ${node} was stopped by somebody else; it is replaced`]);
    await world.expectQuiet();
  });

  it('is mended when all of a host is pruned away (fault 54)', async () => {
    const world = await World.create();
    await world.apply(service('web', { replicas: 9 }));
    await world.settle();
    const engine = world.hosts.engine('h1');
    for (const id of [...engine.containers.keys()]) await engine.removeContainer(id, { force: true });
    engine.images.clear();
    engine.pullable.set('registry.test/hello:1', 100);
    await world.settle(30_000);
    expect(world.running()).to.have.length(9);
    expect(told(world)).to.have.length(3);
  });

  describe('of a service with data', () => {
    const LOST = 'volume data on h1 was removed by somebody else: what it held is lost, and it is made anew, empty';
    async function withData(): Promise<World> {
      const world = await World.create({ nodes: 2 });
      await world.apply(service('db', { volumes: [{ type: 'volume', source: 'data', target: '/data', readOnly: false }] }));
      await world.settle();
      expect(world.tasks('db').map(({ spec }) => [spec.node, spec.volumes])).to.deep.equal([['h1', ['data']]]);
      return world;
    }
    async function prune(world: World): Promise<void> {
      const engine = world.hosts.engine('h1');
      for (const id of [...engine.containers.keys()]) await engine.removeContainer(id, { force: true });
      engine.volumes.remove('data');
    }

    it('is told with the volume: it is not made anew in silence (fault 54)', async () => {
      const world = await withData();
      await prune(world);
      await world.settle(20_000);
      expect(world.running()).to.have.length(1);
      expect(world.hosts.engine('h1').volumes.list()).to.deep.equal(['data']);
      expect(told(world).filter((message) => message.startsWith('volume'))).to.deep.equal([LOST]);
      await world.expectQuiet();
      expect(told(world).filter((message) => message.startsWith('volume'))).to.have.length(1);
    });

    it('is told of what was done while the controller was away (fault 54)', async () => {
      const world = await withData();
      await world.stopController();
      await prune(world);
      world.startController();
      await world.settle(20_000);
      expect(world.running()).to.have.length(1);
      expect(told(world).filter((message) => message.startsWith('volume'))).to.deep.equal([LOST]);
    });

    it('is not told where the container alone was removed, or its service deleted', async () => {
      const world = await withData();
      const { container } = world.anyRunning();
      await world.hosts.engine('h1').removeContainer(container.id, { force: true });
      await world.settle(20_000);
      expect(world.running()).to.have.length(1);
      await world.delete('Service', 'db', 'default');
      await world.settle(20_000);
      world.hosts.engine('h1').volumes.remove('data');
      await world.settle(20_000);
      expect(told(world).filter((message) => message.startsWith('volume'))).to.deep.equal([]);
    });
  });

  it('is told: one that was renamed is known by its labels, and kept (fault 55)', async () => {
    const world = await converged();
    const { node, container } = world.anyRunning();
    const before = container.name;
    world.hosts.engine(node).meddle(container.id, 'rename', { name: 'mine' });
    await world.settle();
    expect(told(world)).to.deep.equal([
      `container ${before} on ${node} was renamed to mine by somebody else: it is known by its labels, and kept`,
    ]);
    expect(world.running()).to.have.length(3);
    await world.expectQuiet();
    expect(told(world)).to.have.length(1);
    await world.delete('Service', 'web', 'default');
    await world.settle(30_000);
    expect(world.containers()).to.deep.equal([]);
  });

  it('is told: one that was given other limits is no longer what its spec says (fault 55)', async () => {
    const world = await converged();
    const { node, container } = world.anyRunning();
    world.hosts.engine(node).meddle(container.id, 'update');
    await world.settle();
    expect(told(world)).to.have.length(1);
    expect(told(world)[0]).to.contain(`container ${container.name} on ${node} was updated by somebody else`);
    await world.expectQuiet();
  });

  it('is told each time: one that was paused does nothing, and stays theirs to unpause (fault 55)', async () => {
    const world = await converged();
    const { node, container } = world.anyRunning();
    const engine = world.hosts.engine(node);
    for (let round = 1; round <= 2; round += 1) {
      engine.meddle(container.id, 'pause', { state: 'paused' });
      await world.settle();
      expect(told(world)).to.have.length(round);
      expect(world.service('web').status?.state).to.equal('Progressing');
      await world.expectQuiet();
      engine.meddle(container.id, 'unpause', { state: 'running' });
      await world.settle();
      expect(world.service('web').status?.state).to.equal('Ready');
    }
    expect(told(world)[0]).to.equal(
      `container ${container.name} on ${node} was paused by somebody else: it does nothing until docker unpause`,
    );
  });

  it('is told: one that was taken out of its network is reached by nobody (fault 55)', async () => {
    const world = await World.create({ dataPlane: true });
    await world.apply(service('web', { replicas: 3 }));
    await world.settle(10_000);
    const { node, container } = world.anyRunning();
    for (const name of Object.keys(container.networks)) delete container.networks[name];
    await world.settle(RESYNC_MS * 1.2);
    expect(told(world)).to.deep.equal([
      `container ${container.name} on ${node} was taken out of network default by somebody else: nothing reaches it there; remove it, and it is made again`,
    ]);
    await world.expectQuiet();
    expect(told(world)).to.have.length(1);
  });

  for (const dataPlane of [false, true])
    it(`is not confused with what the controller does itself${dataPlane ? ', in networks' : ''}`, async () => {
      const world = await converged({ dataPlane });
      await world.apply(service('web', { replicas: 3, forceUpdate: 1 }));
      await world.settle(60_000);
      await world.apply(service('web', { replicas: 1, forceUpdate: 1 }));
      await world.settle(60_000);
      await world.delete('Service', 'web', 'default');
      await world.settle(30_000);
      world.hosts.off('h1');
      await world.settle(60_000);
      world.hosts.on('h1');
      await world.settle(60_000);
      expect(told(world)).to.deep.equal([]);
    });
});
