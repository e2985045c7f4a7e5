import { expect } from 'chai';
import { IMAGE_2, service, World } from './harness.ts';

async function replaced(times: number): Promise<World> {
  const world = await World.create();
  await world.apply(service('web', { replicas: 2 }));
  await world.settle();
  for (let count = 1; count <= times; count += 1) {
    await world.apply(service('web', { replicas: 2, forceUpdate: count }));
    await world.settle(60_000);
  }
  return world;
}

describe('task history', () => {
  it('keeps what was replaced as Shutdown, within the limit of 5 a slot', async () => {
    const world = await replaced(1);
    expect(world.tasks('web')).to.have.length(2);
    expect(world.history('web').map(({ status }) => [status?.state, status?.desiredState])).to.deep.equal([
      ['Shutdown', 'Shutdown'],
      ['Shutdown', 'Shutdown'],
    ]);
    await world.expectQuiet();
    const more = await replaced(7);
    expect(more.history('web')).to.have.length(8);
    expect(more.service('web').status?.summary).to.equal('2/2');
  });

  it('goes with a slot that is scaled away, once its task has stopped (conformance C099)', async () => {
    const world = await replaced(2);
    await world.apply(service('web', { replicas: 1, forceUpdate: 2 }));
    await world.settle();
    expect(world.history('web').map((task) => task.spec.slot)).to.deep.equal(['1', '1']);
    expect(world.running()).to.have.length(1);
  });

  it('goes with its service, when its containers have stopped (conformance C100)', async () => {
    const world = await replaced(2);
    await world.delete('Service', 'web', 'default');
    await world.settle(30_000);
    expect([world.history('web'), world.tasks('web'), world.containers()]).to.deep.equal([[], [], []]);
  });

  it('goes at once with a service whose tasks have completed (conformance C101)', async () => {
    const world = await World.create();
    await world.apply(service('web', { restart: { condition: 'none' } }));
    await world.settle();
    const found = world.anyRunning();
    world.hosts.engine(found.node).crash(found.container.id, 0);
    await world.settle();
    expect(world.tasks('web')[0]?.status?.state).to.equal('Complete');
    await world.delete('Service', 'web', 'default');
    await world.settle();
    expect([world.tasks('web'), world.containers()]).to.deep.equal([[], []]);
  });

  it('tells since when each task is in its state: while it stays there, over a restart of the controller, and of one that ended the engine’s own time', async () => {
    const world = await World.create();
    await world.apply(service('web', { restart: { condition: 'any', delay: '0s' } }));
    await world.settle(30_000);
    const since = (): string | undefined => world.tasks('web')[0]?.status?.since;
    const started = since() ?? '';
    expect(world.clock.now() - Date.parse(started)).to.be.within(29_000, 31_000);
    await world.stopController();
    world.startController();
    await world.settle(30_000);
    expect(since()).to.equal(started);
    const found = world.anyRunning();
    const endedAt = new Date(Math.floor(world.clock.now() / 1_000) * 1_000).toISOString().replace('.000', '');
    world.hosts.engine(found.node).crash(found.container.id, 1);
    await world.settle(60_000);
    expect(world.history('web').map(({ status }) => [status?.state, status?.since])).to.deep.equal([['Failed', endedAt]]);
    expect(since()).to.equal(endedAt);
  });

  it('counts on no node and holds no slot over a restart of the controller', async () => {
    const world = await replaced(3);
    await world.stopController();
    world.startController();
    await world.settle();
    await world.apply(service('web', { replicas: 2, image: IMAGE_2, forceUpdate: 3 }));
    await world.settle(60_000);
    expect(world.running()).to.have.length(2);
    await world.expectQuiet();
  });
});
