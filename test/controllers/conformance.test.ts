import { expect } from 'chai';
import { IMAGE_2, node, service, World } from './harness.ts';

const ids = (world: World): string[] =>
  world
    .containers()
    .map(({ container }) => container.id)
    .sort();
const of = (world: World, name: string): string[] =>
  world
    .containers()
    .flatMap(({ container }) => (container.config.Labels['dswarm/service'] === name ? [container.id] : []))
    .sort();

/** How often an engine was called so. */
const calls = (world: World, op: string): number => world.mutations().filter((call) => call.endsWith(op)).length;

async function globals(): Promise<World> {
  const world = await World.create();
  for (const name of ['one', 'two']) await world.apply(service(name, { mode: 'global' }));
  await world.settle();
  expect(world.running()).to.have.length(6);
  return world;
}

describe('as in Swarm', () => {
  it('of nine containers a stopped and a killed one are replaced, the others are the same (conformance C084)', async () => {
    const world = await World.create();
    await world.apply(service('web', { replicas: 9 }));
    await world.settle();
    const [first, second] = world.containers('running');
    if (first === undefined || second === undefined) throw new Error('nothing runs');
    const before = ids(world);
    await world.hosts.engine(first.node).stopContainer(first.container.id, 1);
    world.hosts.engine(second.node).kill(second.container.id);
    await world.settle(20_000);
    expect(world.running()).to.have.length(9);
    expect(ids(world).filter((id) => before.includes(id))).to.have.length(7);
  });

  it('a container that ended while the controller was down is the only one replaced, and nothing is started twice (conformance C011, C092)', async () => {
    const world = await World.create();
    await world.apply(service('web', { replicas: 3 }));
    await world.settle();
    await world.stopController();
    const first = world.anyRunning();
    const starts = calls(world, 'startContainer');
    const before = ids(world);
    world.hosts.engine(first.node).kill(first.container.id);
    world.startController();
    await world.settle(20_000);
    expect(world.running()).to.have.length(3);
    expect(ids(world).filter((id) => before.includes(id))).to.deep.equal(before.filter((id) => id !== first.container.id));
    expect(calls(world, 'startContainer')).to.equal(starts + 1);
  });

  it('a second global service gets a task on every node, a deleted one loses its tasks (conformance C028, C029)', async () => {
    const world = await globals();
    expect(of(world, 'two')).to.have.length(3);
    const kept = of(world, 'one');
    await world.delete('Service', 'two', 'default');
    await world.settle(20_000);
    expect(ids(world)).to.deep.equal(kept);
  });

  it('of two global services only the one that is updated, or whose task fails, is touched (conformance C035)', async () => {
    const world = await globals();
    const [one, two] = [of(world, 'one'), of(world, 'two')];
    await world.apply(service('one', { mode: 'global', image: IMAGE_2 }));
    await world.settle(60_000);
    expect(of(world, 'two')).to.deep.equal(two);
    expect(of(world, 'one').some((id) => one.includes(id))).to.equal(false);
    const updated = of(world, 'one');
    const victim = world.containers().find(({ container }) => container.id === two[0]);
    if (victim === undefined) throw new Error('nothing runs');
    world.hosts.engine(victim.node).kill(victim.container.id);
    await world.settle(20_000);
    expect(of(world, 'one')).to.deep.equal(updated);
    expect(of(world, 'two').filter((id) => two.includes(id))).to.have.length(2);
  });

  it('a failed global task is replaced on its node; with restart none only when the spec changes (conformance C031)', async () => {
    const world = await World.create();
    await world.apply(service('agent', { mode: 'global' }));
    await world.apply(service('once', { mode: 'global', restart: { condition: 'none' } }));
    await world.settle();
    for (const { node: on, container } of world.containers('running')) if (on === 'h1') world.hosts.engine(on).kill(container.id);
    await world.settle(20_000);
    const onFirst = (name: string): string[] =>
      world
        .containers()
        .flatMap(({ node: on, container }) => (on === 'h1' && container.config.Labels['dswarm/service'] === name ? [container.state] : []));
    expect([onFirst('agent'), onFirst('once')]).to.deep.equal([['running'], ['exited']]);
    await world.apply(service('once', { mode: 'global', restart: { condition: 'none' }, image: IMAGE_2 }));
    await world.settle(60_000);
    expect(onFirst('once')).to.deep.equal(['running']);
  });

  it('an update does not bring a global task to a drained node; active does (conformance C025)', async () => {
    const world = await World.create();
    await world.apply(service('agent', { mode: 'global' }));
    await world.settle();
    await world.apply(node('h1', { availability: 'drain' }));
    await world.settle(20_000);
    await world.apply(service('agent', { mode: 'global', image: IMAGE_2 }));
    await world.settle(60_000);
    expect(world.running().filter((name) => name.startsWith('h1/'))).to.deep.equal([]);
    await world.apply(node('h1'));
    await world.settle();
    expect(world.running().filter((name) => name.startsWith('h1/'))).to.have.length(1);
  });

  it('a task that has ended is not stopped, only cleared away, and its exit code stays (conformance C091, C095)', async () => {
    const world = await World.create();
    await world.apply(service('web', { restart: { condition: 'any', delay: '0s' } }));
    await world.settle();
    const first = world.anyRunning();
    world.hosts.engine(first.node).crash(first.container.id, 3);
    await world.settle();
    expect(calls(world, 'stopContainer')).to.equal(0);
    expect(world.history('web')[0]?.status).to.include({ state: 'Failed', exitCode: 3 });
  });

  it('a task no longer wanted is stopped once, and Shutdown (conformance C093)', async () => {
    const world = await World.create();
    await world.apply(service('web'));
    await world.settle();
    await world.apply(service('web', { image: IMAGE_2 }));
    await world.settle(30_000);
    expect(calls(world, 'stopContainer')).to.equal(1);
    expect(world.history('web').map(({ status }) => status?.state)).to.deep.equal(['Shutdown']);
  });
});
