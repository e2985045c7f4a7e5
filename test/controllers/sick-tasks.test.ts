import { expect } from 'chai';
import type { Hosts } from '../../lib/ports/hosts.ts';
import type { FakeHosts } from '../fakes/hosts.ts';
import { intercept, withDocker } from '../fakes/intercept.ts';
import { RESYNC_MS, service, World } from './harness.ts';

const healthcheck = {
  test: ['CMD', 'check'],
  interval: '1s',
  timeout: '1s',
  retries: 3,
  startPeriod: '0s',
  startInterval: '1s',
  disable: false,
};

/** Engines that do not answer for some containers. */
function hangingOn(ids: ReadonlySet<string>): (hosts: FakeHosts) => Hosts {
  const fault = { inspectContainer: { fail: 'hang', when: (id: unknown) => ids.has(id as string) } } as const;
  return (hosts) => withDocker(hosts, (docker) => intercept(docker, fault));
}

describe('tasks that are sick', () => {
  it('run out of memory again and again: CrashLoopBackOff, with OOMKilled; their node is not blamed (fault 43)', async () => {
    const world = await World.create({ nodes: 2 });
    await world.apply(service('web', { replicas: 1 }));
    await world.settle();
    const nodes = new Set<string>();
    let last = '';
    for (let round = 0; round < 40; round += 1) {
      const [running] = world.containers('running');
      if (running !== undefined) {
        nodes.add(running.node);
        world.hosts.engine(running.node).oom(running.container.id);
      }
      await world.settle(500);
      last = world.service('web').status?.message ?? '';
    }
    expect(world.service('web').status?.conditions?.[0]).to.include({ reason: 'CrashLoopBackOff' });
    expect(last).to.contain('ran out of memory (exit code 137)');
    expect(world.history('web')[0]?.status).to.include({ reason: 'OOMKilled', oomKilled: true });
    for (const name of nodes) {
      const status = world.store.snapshot().get({ kind: 'Node', name })?.status;
      expect(status?.conditions?.map(({ type }) => type)).to.deep.equal(['Ready']);
    }
    await world.apply(service('other', { replicas: 2 }));
    await world.settle();
    expect(world.running().filter((entry) => entry.includes('other'))).to.have.length(2);
  });

  it('flap between healthy and unhealthy: replaced less and less often, no rollout begins, and little is written (fault 45)', async () => {
    const world = await World.create({ nodes: 2, engine: { healthAfter: 'manual' } });
    await world.apply(service('web', { replicas: 1, healthcheck }));
    await world.settle();
    const creates = (): number => world.mutations().filter((call) => call.endsWith('createContainer')).length;
    const minutes = 10;
    const { revision } = world.store.snapshot();
    for (let second = 0; second < minutes * 60; second += 2) {
      for (const { node, container } of world.containers('running'))
        world.hosts.engine(node).setHealth(container.id, second % 4 === 0 ? 'healthy' : 'unhealthy');
      await world.settle(2_000);
    }
    expect(creates()).to.be.within(3, 9);
    expect(world.store.snapshot().revision - revision, 'commits').to.be.lessThan(minutes * 60);
    expect(world.service('web').status?.update).to.equal(undefined);
    expect(world.service('web').status?.conditions?.[0]).to.include({ reason: 'CrashLoopBackOff' });
  });

  it('hang in the engine: they hold up none of the others, and are told apart (fault 46, fault 49)', async () => {
    const stuck = new Set<string>();
    const world = await World.create({ nodes: 1, wrap: hangingOn(stuck) });
    await world.apply(service('web', { replicas: 3, restart: { condition: 'none' } }));
    await world.settle();
    const [sick, well] = world.containers('running').map(({ container }) => container);
    if (sick === undefined || well === undefined) throw new Error('nothing runs');
    stuck.add(sick.id);
    const engine = world.hosts.engine('h1');
    engine.crash(sick.id);
    await world.settle(1_000);
    engine.crash(well.id);
    await world.settle(11_000);
    const states = new Map(world.tasks('web').map((task) => [task.status?.containerId, task.status]));
    expect(states.get(well.id)).to.include({ state: 'Failed', exitCode: 1 });
    expect(states.get(sick.id)?.message).to.equal('the engine does not answer when it is asked about the container');
    await world.apply(service('other', { replicas: 1 }));
    await world.settle(RESYNC_MS);
    expect(world.running().filter((entry) => entry.includes('other'))).to.have.length(1);
  });
});
