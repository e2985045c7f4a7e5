import { expect } from 'chai';
import type { JobStatus } from '../../lib/types/generated.ts';
import type { Hosts } from '../../lib/ports/hosts.ts';
import type { FakeHosts } from '../fakes/hosts.ts';
import { intercept } from '../fakes/intercept.ts';
import { IMAGE_2, node, service } from './harness.ts';
import { end, finish, job, runningSlots, worldWith } from './job-world.ts';

/** Engines that refuse the first removals. */
function unremovable(hosts: FakeHosts, times: number): Hosts {
  return {
    connect: (target) => {
      const link = hosts.connect(target);
      const docker = intercept(link.docker, { removeContainer: { fail: 'before', error: new Error('busy'), times } });
      return { state$: link.state$, docker, silentMs: () => link.silentMs(), retry: () => link.retry(), close: () => link.close() };
    },
  };
}

describe('a replicated job', () => {
  it('runs maxConcurrent tasks in slots of their own from 0, in iteration 0, to end by themselves (conformance C176)', async () => {
    const world = await worldWith({ replicas: 5, maxConcurrent: 2 });
    expect(runningSlots(world)).to.deep.equal(['0', '1']);
    expect(world.tasks('job').map(({ spec, status }) => [spec.slot, spec.iteration, status?.desiredState, status?.state])).to.deep.equal([
      ['0', 0, 'Complete', 'Running'],
      ['1', 0, 'Complete', 'Running'],
    ]);
    const { status } = world.service('job');
    expect(status).to.deep.include({ state: 'Running', summary: '2/2 (0/5 completed)' });
    expect(status?.job).to.include({ iteration: 0, completions: 5, completed: 0, failed: 0 });
    await world.expectQuiet();
  });

  it('runs all at once without maxConcurrent', async () => {
    const world = await worldWith({ replicas: 3 });
    expect(runningSlots(world)).to.deep.equal(['0', '1', '2']);
  });

  it('fills up to maxConcurrent as tasks complete, and runs no completed slot again (conformance C177)', async () => {
    const world = await worldWith({ replicas: 5, maxConcurrent: 2 });
    end(world, '1');
    await world.settle();
    expect(runningSlots(world)).to.deep.equal(['0', '2']);
    expect(world.service('job').status?.summary).to.equal('2/2 (1/5 completed)');
    end(world, '0');
    end(world, '2');
    await world.settle();
    expect(runningSlots(world)).to.deep.equal(['3', '4']);
    expect(world.containers('exited')).to.have.length(3);
  });

  it('makes no more tasks than are missing near its end, and is Complete after them (conformance C179)', async () => {
    const world = await worldWith({ replicas: 4, maxConcurrent: 3 });
    for (const slot of ['0', '1']) end(world, slot);
    await world.settle();
    expect(runningSlots(world)).to.deep.equal(['2', '3']);
    expect(world.service('job').status?.summary).to.equal('2/2 (2/4 completed)');
    await finish(world);
    const { status } = world.service('job');
    expect(status).to.deep.include({ state: 'Complete', summary: '0/0 (4/4 completed)', message: '4 of 4 completed, 0 running' });
    expect(status?.conditions?.map(({ type, status: holds }) => `${type}=${holds}`)).to.deep.equal(['Ready=True', 'Complete=True']);
    expect(status?.job?.completedAt).to.be.a('string');
    await world.expectQuiet();
  });

  it('with a smaller number of replicas begins anew with no more than those', async () => {
    const world = await worldWith({ replicas: 4 });
    await world.apply(job({ replicas: 2 }));
    await world.settle(20_000);
    expect(runningSlots(world)).to.deep.equal(['0', '1']);
    expect(world.tasks('job').map(({ spec }) => spec.iteration)).to.deep.equal([1, 1]);
  });

  it('counts iterations from 0, one more with each change, and tells when the last began (conformance C184)', async () => {
    const world = await worldWith({ replicas: 1 });
    const jobOf = (): JobStatus => world.service('job').status?.job ?? {};
    const first = jobOf();
    expect(first.iteration).to.equal(0);
    await world.settle(60_000);
    expect(jobOf().lastExecution).to.equal(first.lastExecution);
    await world.apply(job({ replicas: 1, forceUpdate: 1 }));
    await world.settle(20_000);
    const second = jobOf();
    expect(second.iteration).to.equal(1);
    expect(second.lastExecution).to.be.a('string').and.not.equal(first.lastExecution);
    await world.apply(job({ replicas: 1, forceUpdate: 1, image: IMAGE_2 }));
    await world.settle(20_000);
    expect(jobOf().iteration).to.equal(2);
  });

  it('takes the tasks of the old iteration away and runs all of the new one, whatever had completed (conformance C180)', async () => {
    const world = await worldWith({ replicas: 3, maxConcurrent: 2 });
    end(world, '0');
    await world.settle();
    await world.apply(job({ replicas: 3, maxConcurrent: 2, image: IMAGE_2 }));
    await world.settle(30_000);
    expect(runningSlots(world)).to.deep.equal(['0', '1']);
    expect(world.containers().map(({ container }) => container.config.Image)).to.deep.equal([IMAGE_2, IMAGE_2]);
    expect(world.tasks('job').map(({ spec }) => spec.iteration)).to.deep.equal([1, 1]);
    await finish(world);
    expect(world.service('job').status).to.deep.include({ state: 'Complete', summary: '0/0 (3/3 completed)' });
    await world.expectQuiet();
  });

  it('begins nothing anew where only suspend or labels change', async () => {
    const world = await worldWith({ replicas: 2, maxConcurrent: 1 });
    await world.apply(job({ replicas: 2, maxConcurrent: 1, suspend: true }));
    await world.settle();
    end(world, '0');
    await world.settle();
    expect(runningSlots(world)).to.deep.equal([]);
    await world.apply(job({ replicas: 2, maxConcurrent: 1 }));
    await world.settle();
    expect(runningSlots(world)).to.deep.equal(['1']);
    expect(world.service('job').status?.job).to.include({ iteration: 0, completed: 1 });
  });

  it('takes any for on-failure: the engine restarts what fails, and nothing what has completed', async () => {
    const world = await worldWith({ replicas: 1, restart: { condition: 'any' } });
    expect(world.anyRunning().container.config.HostConfig.RestartPolicy).to.deep.equal({ Name: 'on-failure' });
    end(world, '0', 1);
    await world.settle();
    expect(runningSlots(world)).to.deep.equal(['0']);
    expect(world.containers()).to.have.length(1);
    end(world, '0', 0);
    await world.settle(60_000);
    expect(runningSlots(world)).to.deep.equal([]);
    expect(world.service('job').status?.state).to.equal('Complete');
  });

  it('tries a failed task again in its slot, as often as maxAttempts says, and then goes on with the others', async () => {
    const world = await worldWith({ replicas: 3, maxConcurrent: 1, restart: { condition: 'any', delay: '0s', maxAttempts: 1 } });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      expect(runningSlots(world)).to.deep.equal(['0']);
      end(world, '0', 3);
      await world.settle();
    }
    expect(runningSlots(world)).to.deep.equal(['1']);
    expect(world.service('job').status).to.deep.include({ state: 'Running', message: '0 of 3 completed, 1 running, 1 failed' });
    await finish(world);
    const { status } = world.service('job');
    expect(status).to.deep.include({ state: 'Failed', summary: '0/0 (2/3 completed)' });
    expect(status?.message).to.match(
      /^2 of 3 completed, 0 running, 1 failed; job\.0\.\w+ is not replaced: restart attempts used up: 1 of 1$/,
    );
    const held = status?.conditions?.map(({ type, status: holds }) => `${type}=${holds}`);
    expect(held).to.deep.equal(['Ready=False', 'Complete=False', 'Failed=True', 'Stalled=True']);
    await world.expectQuiet();
    await world.apply(job({ replicas: 3, maxConcurrent: 1, restart: { condition: 'any', delay: '0s', maxAttempts: 1 }, forceUpdate: 1 }));
    await world.settle(20_000);
    await finish(world);
    expect(world.service('job').status?.state).to.equal('Complete');
  });

  it('counts its tries though what completed in the iteration before cannot be cleared away', async () => {
    const world = await worldWith({ replicas: 1 }, { wrap: (hosts) => unremovable(hosts, 4) });
    end(world, '0');
    await world.settle();
    await world.apply(job({ replicas: 1, restart: { condition: 'any', delay: '0s', maxAttempts: 1 }, forceUpdate: 1 }));
    await world.settle(200);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      expect(runningSlots(world)).to.deep.equal(['0']);
      end(world, '0', 3);
      await world.settle(60_000);
    }
    expect(runningSlots(world)).to.deep.equal([]);
    expect(world.service('job').status?.state).to.equal('Failed');
    await world.expectQuiet();
  });

  it('has failed where a task fails and restart is none', async () => {
    const world = await worldWith({ replicas: 2, restart: { condition: 'none' } });
    end(world, '0', 1);
    end(world, '1', 0);
    await world.settle();
    expect(world.service('job').status).to.deep.include({ state: 'Failed', summary: '0/0 (1/2 completed)' });
    await world.expectQuiet();
  });

  it('stays complete when its containers are cleared away and its nodes vanish, also over a restart of the controller', async () => {
    const world = await worldWith({ replicas: 3 });
    await finish(world);
    for (const { node: on, container } of world.containers('exited').slice(0, 2))
      await world.hosts.engine(on).removeContainer(container.id, { force: true });
    await world.settle();
    await world.delete('Node', 'h3');
    await world.settle(60_000);
    await world.stopController();
    world.startController();
    await world.settle(60_000);
    expect(world.containers('running')).to.deep.equal([]);
    expect(world.service('job').status).to.deep.include({ state: 'Complete', summary: '0/0 (3/3 completed)' });
    expect(world.tasks('job').map(({ status }) => status?.state)).to.deep.equal(['Complete', 'Complete', 'Complete']);
    await world.expectQuiet();
  });

  it('goes on where it was when the state was lost: what has completed does not run again', async () => {
    const world = await worldWith({ replicas: 3, maxConcurrent: 2, forceUpdate: 0 });
    await world.apply(job({ replicas: 3, maxConcurrent: 2, forceUpdate: 1 }));
    await world.settle(20_000);
    end(world, '0');
    await world.settle();
    await world.stopController();
    await world.store.commit([
      ...world.store
        .snapshot()
        .list('Task')
        .map(({ metadata }) => ({ delete: { kind: 'Task' as const, namespace: 'default', name: metadata.name } })),
      { delete: { kind: 'Service', namespace: 'default', name: 'job' } },
    ]);
    const again = job({ replicas: 3, maxConcurrent: 2, forceUpdate: 1 });
    await world.store.commit([{ put: { ...again, metadata: { ...again.metadata, uid: 'another' } } }]);
    const before = world.containers().map(({ container }) => container.id);
    world.startController();
    await world.settle(20_000);
    expect(world.containers().map(({ container }) => container.id)).to.deep.equal(before);
    expect(world.service('job').status?.job).to.include({ iteration: 1, completed: 1 });
    await finish(world);
    expect(world.service('job').status?.state).to.equal('Complete');
  });

  it('runs again when it is deleted and made again', async () => {
    const world = await worldWith({ replicas: 2 });
    await finish(world);
    await world.stopController();
    await world.delete('Service', 'job', 'default');
    const again = job({ replicas: 2 });
    await world.apply({ ...again, metadata: { ...again.metadata, uid: 'another' } });
    world.startController();
    await world.settle(20_000);
    expect(runningSlots(world)).to.deep.equal(['0', '1']);
    await finish(world);
    expect(world.containers()).to.have.length(2);
    await world.delete('Service', 'job', 'default');
    await world.settle();
    expect([world.containers(), world.tasks('job'), world.history('job')]).to.deep.equal([[], [], []]);
  });

  it('reserves nothing for tasks that have completed (conformance C120)', async () => {
    const resources = { reservations: { memory: 3 * 2 ** 30 } };
    const world = await worldWith({ replicas: 2, resources }, { nodes: 1 });
    expect(runningSlots(world)).to.deep.equal(['0']);
    expect(world.service('job').status?.message).to.include('insufficient resources on 1 node');
    end(world, '0');
    await world.settle();
    expect(runningSlots(world)).to.deep.equal(['1']);
    end(world, '1');
    await world.settle();
    await world.apply(service('web', { resources }));
    await world.settle();
    expect(runningSlots(world, 'web')).to.deep.equal(['1']);
  });

  it('counts no completed task against maxReplicasPerNode', async () => {
    const world = await worldWith({ replicas: 2, placement: { constraints: [], maxReplicasPerNode: 1 } }, { nodes: 1 });
    expect(runningSlots(world)).to.deep.equal(['0']);
    await finish(world);
    expect(world.service('job').status?.state).to.equal('Complete');
  });

  it('holds up no other job when one fails, and what happens on the way to an end changes nothing (conformance C183)', async () => {
    const world = await worldWith({ replicas: 1, image: 'registry.test/missing:1' });
    await world.apply(job({ replicas: 2 }, 'other'));
    await world.settle(30_000);
    expect(world.service('job').status?.state).to.equal('Stalled');
    expect(runningSlots(world, 'other')).to.deep.equal(['0', '1']);
    const before = world.mutations().filter((call) => !call.includes('pull')).length;
    const { node: on, container } = world.anyRunning();
    world.hosts.engine(on).setHealth(container.id, 'healthy');
    await world.settle();
    expect(world.mutations().filter((call) => !call.includes('pull'))).to.have.length(before);
    await finish(world, 'other');
    expect(world.service('other').status?.state).to.equal('Complete');
  });
});

describe('a job and its nodes', () => {
  it('runs the tasks of a drained node elsewhere, never two of a slot at a time', async () => {
    const healthcheck = {
      test: ['CMD', 'true'],
      interval: '1s',
      timeout: '1s',
      retries: 1,
      startPeriod: '0s',
      startInterval: '5s',
      disable: false,
    };
    const world = await worldWith({ replicas: 2, healthcheck }, { nodes: 2, engine: { healthAfter: 2_000 } });
    const before = world.containers('running').map(({ container }) => container.id);
    await world.apply(node('h1', { availability: 'drain' }));
    let most = 0;
    for (let step = 0; step < 100; step += 1) {
      await world.settle(100);
      most = Math.max(most, runningSlots(world).length);
    }
    expect(most).to.equal(2);
    expect(world.running().every((name) => name.startsWith('h2/'))).to.equal(true);
    expect(world.containers('running').filter(({ container }) => before.includes(container.id))).to.have.length(1);
    await finish(world);
    expect(world.service('job').status?.state).to.equal('Complete');
  });

  it('runs tasks of a lost node elsewhere; the copy that has completed there meanwhile counts', async () => {
    const world = await worldWith({ replicas: 2, maxConcurrent: 2 });
    const lost = world.anyRunning();
    const slot = lost.container.config.Labels['dswarm/slot'] ?? '';
    world.hosts.cut(lost.node);
    await world.settle(60_000);
    expect(world.containers('running').filter(({ container }) => container.config.Labels['dswarm/slot'] === slot)).to.have.length(2);
    world.hosts.engine(lost.node).crash(lost.container.id, 0);
    world.hosts.mend(lost.node);
    await world.settle(60_000);
    const [only, ...others] = world.containers().filter(({ container }) => container.config.Labels['dswarm/slot'] === slot);
    expect([only?.container.id, others]).to.deep.equal([lost.container.id, []]);
    expect(world.service('job').status?.job?.completed).to.equal(1);
    await finish(world);
    expect(world.service('job').status?.state).to.equal('Complete');
    await world.expectQuiet();
  });
});
