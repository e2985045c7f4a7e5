import { expect } from 'chai';
import { DswarmError } from '../../lib/errors/error.ts';
import { isRetired } from '../../lib/history/retire.ts';
import type { Store } from '../../lib/ports/store.ts';
import type { ServiceSpec } from '../../lib/types/generated.ts';
import { intercept, withDocker } from '../fakes/intercept.ts';
import { IMAGE_2, node, service, World } from './harness.ts';

type Restart = ServiceSpec['restart'];

async function running(restart: Restart, replicas = 2): Promise<World> {
  const world = await World.create();
  await world.apply(service('web', { replicas, restart }));
  await world.settle();
  expect(world.running()).to.have.length(replicas);
  return world;
}

/** Ends the container of a slot by itself. */
function end(world: World, slot: string, exitCode = 1): { node: string; id: string } {
  const found = world.containers('running').find(({ container }) => container.config.Labels['dswarm/slot'] === slot);
  if (found === undefined) throw new Error(`nothing runs in slot ${slot}`);
  world.hosts.engine(found.node).crash(found.container.id, exitCode);
  return { node: found.node, id: found.container.id };
}

const inSlot = (world: World, slot: string): string[] =>
  world.containers().flatMap(({ container }) => (container.config.Labels['dswarm/slot'] === slot ? [container.state] : []));

describe('restarts by the controller', () => {
  it('leave the engine no restart policy', async () => {
    const world = await running({ condition: 'any', delay: '1s' });
    expect(world.containers().map(({ container }) => container.config.HostConfig.RestartPolicy)).to.deep.equal([
      { Name: 'no' },
      { Name: 'no' },
    ]);
  });

  it('replace a failed task in its slot with any, and one that ended well, too (conformance C043, C044, C052)', async () => {
    const world = await running({ condition: 'any', delay: '0s' });
    const [failed, done] = [end(world, '1', 1), end(world, '2', 0)];
    await world.settle();
    expect(world.running()).to.have.length(2);
    expect(inSlot(world, '1')).to.deep.equal(['running']);
    expect(world.containers().map(({ container }) => container.id)).to.not.include.members([failed.id, done.id]);
    expect(
      world
        .history('web')
        .map((task) => [task.spec.slot, task.status?.state, task.status?.exitCode])
        .sort(),
    ).to.deep.equal([
      ['1', 'Failed', 1],
      ['2', 'Complete', 0],
    ]);
    await world.expectQuiet();
  });

  it('replace a failed task with on-failure, and not one that ended well (conformance C045)', async () => {
    const world = await running({ condition: 'on-failure', delay: '0s' });
    end(world, '1', 1);
    end(world, '2', 0);
    await world.settle();
    expect([inSlot(world, '1'), inSlot(world, '2')]).to.deep.equal([['running'], ['exited']]);
    expect(world.service('web').status?.summary).to.equal('2/2');
  });

  it('replace nothing with none, not when updated with the same, and one at a time when forced (conformance C047)', async () => {
    const world = await running({ condition: 'none' });
    end(world, '1', 1);
    end(world, '2', 0);
    await world.settle();
    await world.apply(service('web', { replicas: 2, restart: { condition: 'none' } }));
    await world.settle();
    expect(world.running()).to.deep.equal([]);
    const { update } = service('web').spec;
    await world.apply(service('web', { replicas: 2, restart: { condition: 'none' }, forceUpdate: 1, update: { ...update, delay: '30s' } }));
    await world.settle();
    expect(world.running()).to.have.length(1);
    await world.settle(40_000);
    expect(world.running()).to.have.length(2);
  });

  it('make the replacement ready at once and start it not before the delay (conformance C048)', async () => {
    const world = await running({ condition: 'any', delay: '30s' }, 1);
    end(world, '1');
    await world.settle(5_000);
    expect(inSlot(world, '1')).to.deep.equal(['created']);
    const [waiting] = world.tasks('web');
    expect(waiting?.status).to.include({ state: 'Ready', desiredState: 'Ready', reason: 'RestartDelay' });
    await world.settle(24_000);
    expect(inSlot(world, '1')).to.deep.equal(['created']);
    await world.settle(2_000);
    expect(inSlot(world, '1')).to.deep.equal(['running']);
    expect(world.tasks('web')[0]?.status).to.include({ state: 'Running', desiredState: 'Running' });
  });

  it('keep the remaining delay over a restart of the controller (conformance C013)', async () => {
    const world = await running({ condition: 'any', delay: '60s' }, 1);
    end(world, '1');
    await world.settle();
    await world.stopController();
    world.startController();
    await world.settle(30_000);
    expect(inSlot(world, '1')).to.deep.equal(['created']);
    await world.settle(20_000);
    expect(inSlot(world, '1')).to.deep.equal(['running']);
  });

  it('restart each slot once with maxAttempts 1, and say so (conformance C049)', async () => {
    const world = await running({ condition: 'any', delay: '0s', maxAttempts: 1 });
    for (const slot of ['1', '2']) end(world, slot);
    await world.settle();
    expect(world.running()).to.have.length(2);
    end(world, '1');
    await world.settle(60_000);
    expect(inSlot(world, '1')).to.deep.equal(['exited']);
    expect(inSlot(world, '2')).to.deep.equal(['running']);
    const { status } = world.service('web');
    expect(status).to.include({ state: 'Stalled', summary: '1/2' });
    expect(status?.message).to.include('restart attempts used up: 1 of 1');
    await world.expectQuiet();
  });

  it('count though a replacement in between could not be started', async () => {
    let refuses = false;
    const isRefused = (): boolean => refuses;
    const world = await World.create({
      wrap: (hosts) => withDocker(hosts, (docker) => intercept(docker, { createContainer: { fail: 'before', when: isRefused } })),
    });
    await world.apply(service('web', { restart: { condition: 'any', delay: '0s', maxAttempts: 1 } }));
    await world.settle();
    refuses = true;
    end(world, '1');
    await world.settle(60_000);
    expect(world.history('web').map(({ status }) => status?.state)).to.include('Rejected');
    refuses = false;
    await world.settle(120_000);
    expect(world.running()).to.have.length(1);
    end(world, '1');
    await world.settle(60_000);
    expect(world.running()).to.deep.equal([]);
    expect(world.service('web').status?.message).to.include('restart attempts used up: 1 of 1');
  });

  it('count attempts anew for a new spec, and when forced', async () => {
    const world = await running({ condition: 'any', delay: '0s', maxAttempts: 1 }, 1);
    end(world, '1');
    await world.settle();
    end(world, '1');
    await world.settle();
    expect(inSlot(world, '1')).to.deep.equal(['exited']);
    await world.apply(service('web', { replicas: 1, image: IMAGE_2, restart: { condition: 'any', delay: '0s', maxAttempts: 1 } }));
    await world.settle();
    expect(inSlot(world, '1')).to.deep.equal(['running']);
  });

  it('refuse within the window and allow after it (conformance C051)', async () => {
    const restart: Restart = { condition: 'any', delay: '0s', maxAttempts: 1, window: '60s' };
    const world = await running(restart);
    for (const slot of ['1', '2']) end(world, slot);
    await world.settle();
    end(world, '1');
    await world.settle(70_000);
    expect(inSlot(world, '1')).to.deep.equal(['exited']);
    end(world, '2');
    await world.settle();
    expect(inSlot(world, '2')).to.deep.equal(['running']);
  });

  it('count over a restart of the controller, what is older than the window not (conformance C039)', async () => {
    const restart: Restart = { condition: 'any', delay: '0s', maxAttempts: 3, window: '10m' };
    const world = await running(restart, 1);
    end(world, '1');
    await world.settle(11 * 60_000);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      end(world, '1');
      await world.settle();
      expect(inSlot(world, '1')).to.deep.equal(['running']);
      await world.stopController();
      world.startController();
      await world.settle();
    }
    end(world, '1');
    await world.settle(60_000);
    expect(inSlot(world, '1')).to.deep.equal(['exited']);
  });

  it('do not wait where a node is drained (conformance C053)', async () => {
    const world = await running({ condition: 'any', delay: '10m' }, 1);
    const { node: on } = end(world, '1');
    await world.settle();
    expect(inSlot(world, '1')).to.deep.equal(['created']);
    await world.apply(node(on, { availability: 'drain' }));
    await world.settle();
    expect(world.running()).to.have.length(1);
    expect(world.running()[0]).to.not.include(`${on}/`);
  });
});

describe('crash loops', () => {
  const current = (world: World): string => world.tasks('web')[0]?.metadata.name ?? '';

  /** The container ends whenever it runs, until the controller has put another task in its place. */
  async function crashUntilReplaced(world: World): Promise<void> {
    const before = current(world);
    for (let tries = 0; tries < 200 && current(world) === before; tries += 1) {
      const [found] = world.containers('running');
      if (found !== undefined) world.hosts.engine(found.node).crash(found.container.id);
      await world.settle(100);
    }
    expect(current(world)).to.not.equal(before);
  }

  it('are taken over from the engine, and back off from 10 s to 5 min (fault 44)', async () => {
    const world = await running({ condition: 'any' }, 1);
    const waits: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      await crashUntilReplaced(world);
      const from = world.clock.now();
      while (world.containers('running').length === 0) await world.settle(1_000);
      waits.push(Math.round((world.clock.now() - from) / 10_000) * 10);
    }
    expect(waits).to.deep.equal([0, 10, 20, 40, 80, 160, 300, 300]);
  });

  it('say in the service and the task why, and when it is tried again; the last lines stay', async () => {
    const world = await running({ condition: 'any' }, 1);
    await crashUntilReplaced(world);
    await world.settle(1_000);
    const found = world.anyRunning();
    world.hosts.engine(found.node).print(found.container.id, 'cannot open /data');
    await crashUntilReplaced(world);
    await world.settle(1_000);
    const [task] = world.tasks('web');
    expect(task?.status?.reason).to.equal('CrashLoopBackOff');
    expect(task?.status?.message).to.match(/^restarts at .*: exited with code 1/);
    expect(world.history('web')[0]?.status).to.include({ state: 'Failed', exitCode: 1, lastLog: 'cannot open /data' });
    const ready = world.service('web').status?.conditions?.find((condition) => condition.type === 'Ready');
    expect(ready?.reason).to.equal('CrashLoopBackOff');
  });

  it('leave the last lines though the pass that remembers the task has to be done again', async () => {
    let refusals = 0;
    /** Refuses the first commit by which a task becomes history: somebody else was faster. */
    const wrapStore = (store: Store): Store => ({
      snapshot: () => store.snapshot(),
      watch: (after) => store.watch(after),
      close: () => store.close(),
      commit: (changes) => {
        const retires = changes.some((change) => 'put' in change && change.put.kind === 'Task' && isRetired(change.put));
        if (!retires || refusals > 0) return store.commit(changes);
        refusals += 1;
        return Promise.reject(new DswarmError('DSW_STORE_CONFLICT', 'changed by somebody else'));
      },
    });
    const world = await World.create({ wrapStore });
    await world.apply(service('web', { restart: { condition: 'any', delay: '1s' } }));
    await world.settle();
    const found = world.anyRunning();
    world.hosts.engine(found.node).print(found.container.id, 'cannot open /data');
    world.hosts.engine(found.node).crash(found.container.id, 1);
    await world.settle(60_000);
    expect(refusals).to.equal(1);
    expect(world.history('web')[0]?.status).to.include({ state: 'Failed', lastLog: 'cannot open /data' });
    expect(world.manager?.operations.lastLogs.size, 'kept in the store only').to.equal(0);
  });

  it('are over once a task has run for 10 minutes', async () => {
    const world = await running({ condition: 'any', maxAttempts: 0 }, 1);
    end(world, '1');
    await world.settle();
    end(world, '1');
    await world.settle();
    expect(inSlot(world, '1')).to.deep.equal(['created']);
    await world.settle(11 * 60_000);
    end(world, '1');
    await world.settle(2_000);
    expect(inSlot(world, '1')).to.deep.equal(['running']);
  });
});

describe('a task that the controller has stopped', () => {
  it('has not done its work: wanted again, its slot is filled again', async () => {
    const world = await World.create({ nodes: 1 });
    const spec = { restart: { condition: 'on-failure' as const } };
    await world.apply(service('web', spec));
    await world.settle();
    const first = world.anyRunning();
    const [task] = world.tasks('web');
    if (task === undefined) throw new Error('no task');
    await world.stopController();
    await world.store.commit([{ put: { ...task, status: { ...task.status, desiredState: 'Shutdown' } } }]);
    await world.hosts.engine('h1').stopContainer(first.container.id, 1);
    first.container.exitCode = 0;
    world.startController();
    await world.settle(20_000);
    expect(world.running()).to.have.length(1);
    expect(world.history('web').map(({ status }) => status?.state)).to.deep.equal(['Shutdown']);
  });
});
