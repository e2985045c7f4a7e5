import { expect } from 'chai';
import type { FakeContainer } from '../fakes/container.ts';
import type { FakeEngine } from '../fakes/docker.ts';
import { service, World, type WorldOptions } from './harness.ts';

async function started(options: WorldOptions = {}): Promise<{ world: World; engine: FakeEngine; container: FakeContainer }> {
  const world = await World.create({ nodes: 1, ...options });
  await world.apply(service('web'));
  await world.settle();
  return { world, engine: world.hosts.engine('h1'), container: world.anyRunning().container };
}

describe('how often an engine restarted a task', () => {
  const restarts = (world: World): number | undefined => world.tasks('web')[0]?.status?.restarts;

  it('is known soon after a controller starts, and after a host was out of reach; nothing is changed for it', async () => {
    const { world, engine, container } = await started();
    await world.stopController();
    for (let crash = 0; crash < 2; crash += 1) {
      engine.crash(container.id, 1);
      await world.settle(30_000);
    }
    world.startController();
    await world.settle(1_000);
    expect(world.tasks('web').map(({ status }) => [status?.state, status?.restarts])).to.deep.equal([['Running', 2]]);
    world.hosts.cut('h1');
    await world.settle(1_000);
    engine.crash(container.id, 1);
    await world.settle(5_000);
    world.hosts.mend('h1');
    await world.settle(10_000);
    expect(restarts(world)).to.equal(3);
    expect(world.running()).to.have.length(1);
    await world.expectQuiet();
  });

  it('does not become less when a person starts its container, from where the engine counts anew', async () => {
    const { world, engine, container } = await started();
    await world.stopController();
    engine.crash(container.id, 1);
    await world.settle(30_000);
    engine.crash(container.id, 1);
    await world.settle(30_000);
    world.startController();
    await world.settle(1_000);
    expect(restarts(world)).to.equal(2);
    await engine.stopContainer(container.id, 0);
    await engine.startContainer(container.id);
    await world.settle(1_000);
    expect(container.restartCount).to.equal(0);
    expect(restarts(world)).to.equal(2);
  });
});
