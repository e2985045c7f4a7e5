import { expect } from 'chai';
import { healthcheck, service, World } from './harness.ts';

const web = service('web', { replicas: 3 });

async function converged(): Promise<World> {
  const world = await World.create();
  await world.apply(web);
  await world.settle();
  return world;
}

function victim(world: World): { node: string; id: string; name: string } {
  const first = world.anyRunning();
  return { node: first.node, id: first.container.id, name: first.container.name };
}

describe('healing', () => {
  it('replaces a container that somebody removed (conformance C004)', async () => {
    const world = await converged();
    const { node, id } = victim(world);
    await world.hosts.engine(node).removeContainer(id, { force: true });
    await world.settle();
    expect(world.running()).to.have.length(3);
    expect(world.service('web').status?.state).to.equal('Ready');
    await world.expectQuiet();
  });

  it('replaces a container that somebody killed, as the engine will not', async () => {
    const world = await converged();
    const { node, id } = victim(world);
    world.hosts.engine(node).kill(id);
    await world.settle();
    expect(world.running()).to.have.length(3);
    expect(world.containers()).to.have.length(3);
    expect(world.containers().some(({ container }) => container.id === id)).to.equal(false);
  });

  it('leaves a crash to the engine (invariant 13)', async () => {
    const world = await converged();
    const { node, id } = victim(world);
    const before = world.mutations().length;
    world.hosts.engine(node).crash(id);
    await world.settle();
    expect(world.mutations()).to.have.length(before);
    expect(world.running()).to.have.length(3);
  });

  it('replaces an unhealthy container, and counts a task as ready only when it is healthy (invariant 10, conformance C085)', async () => {
    const world = await World.create({ engine: { healthAfter: 'manual' } });
    await world.apply(service('web', { replicas: 1, healthcheck }));
    await world.settle();
    expect(world.service('web').status).to.include({ state: 'Progressing', summary: '0/1' });
    const { node, id } = victim(world);
    world.hosts.engine(node).setHealth(id, 'healthy');
    await world.settle();
    expect(world.service('web').status?.state).to.equal('Ready');
    world.hosts.engine(node).setHealth(id, 'unhealthy');
    await world.settle();
    expect(world.containers().some(({ container }) => container.id === id)).to.equal(false);
    expect(world.containers()).to.have.length(1);
    expect(world.history('web')[0]?.status).to.include({ state: 'Failed', reason: 'Unhealthy' });
    expect(world.history('web')[0]?.status?.message).to.include('unhealthy container');
  });

  it('repairs at the next relist what no event told of, and counts it (invariant 3)', async () => {
    const counted: string[] = [];
    const metrics = { count: (name: string): void => void counted.push(name), set: (): void => undefined, observe: (): void => undefined };
    const world = await World.create({ metrics });
    await world.apply(web);
    await world.settle();
    const { node, id } = victim(world);
    world.hosts.engine(node).eventsFlow = false;
    world.hosts.engine(node).kill(id);
    await world.settle(10_000);
    expect(world.running()).to.have.length(2);
    await world.settle(70_000);
    expect(world.running()).to.have.length(3);
    expect(counted).to.include('dswarm_relist_repairs_total');
  });

  it('takes up the event stream again when it fails (fault 87)', async () => {
    const world = await converged();
    for (const engine of world.hosts.engines.values()) engine.endEvents(new Error('stream lost'));
    await world.settle();
    const { node, id } = victim(world);
    world.hosts.engine(node).kill(id);
    await world.settle();
    expect(world.running()).to.have.length(3);
  });
});
