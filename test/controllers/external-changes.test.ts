import { expect } from 'chai';
import { service, World } from './harness.ts';

const told = (world: World): string[] => world.told.filter(({ reason }) => reason === 'ExternalChange').map(({ message }) => message);

async function converged(): Promise<World> {
  const world = await World.create();
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

  it('is told: one that was renamed is known by its labels, and kept (fault 55)', async () => {
    const world = await converged();
    const { node, container } = world.anyRunning();
    const before = container.name;
    world.hosts.engine(node).meddle(container.id, 'rename', 'mine');
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

  it('is not confused with what the controller does itself', async () => {
    const world = await converged();
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
