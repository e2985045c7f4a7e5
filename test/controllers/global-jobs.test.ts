import { expect } from 'chai';
import { node, World } from './harness.ts';
import { end, finish, job, runningSlots } from './job-world.ts';
import type { ServiceSpec } from '../../lib/types/generated.ts';

const globalJob = (spec: Partial<ServiceSpec> = {}): ReturnType<typeof job> => job({ mode: 'global-job', ...spec }, 'sweep');

async function sweeping(spec: Partial<ServiceSpec> = {}): Promise<World> {
  const world = await World.create();
  await world.apply(globalJob(spec));
  await world.settle();
  return world;
}

const slots = (world: World): string[] => runningSlots(world, 'sweep');
const finishAll = (world: World): Promise<void> => finish(world, 'sweep');
const statusOf = (world: World): { state?: string; summary?: string } => {
  const { state = '', summary = '' } = world.service('sweep').status ?? {};
  return { state, summary };
};

describe('a global job', () => {
  it('runs once on each node, and not on those drained, paused, or without what it asks for (conformance C181)', async () => {
    const world = await World.create({ nodes: 5 });
    await world.apply(node('h2', { availability: 'drain' }));
    await world.apply(node('h3', { availability: 'pause' }));
    await world.apply(node('h4', {}, { zone: 'b' }));
    world.hosts.cut('h5');
    await world.settle();
    await world.apply(globalJob({ placement: { constraints: ['node.labels.zone!=b'], maxReplicasPerNode: 0 } }));
    await world.settle();
    expect(slots(world)).to.deep.equal(['h1']);
    expect(statusOf(world)).to.deep.equal({ state: 'Running', summary: '1/1 (0/1 completed)' });
    await finishAll(world);
    expect(statusOf(world)).to.deep.equal({ state: 'Complete', summary: '0/0 (1/1 completed)' });
    await world.expectQuiet();
  });

  it('shuts down the task of a node that is drained, and does not run again where it has completed (conformance C181)', async () => {
    const world = await sweeping();
    end(world, 'h1', 0, 'sweep');
    await world.settle();
    for (const name of ['h1', 'h2']) await world.apply(node(name, { availability: 'drain' }));
    await world.settle(20_000);
    expect(slots(world)).to.deep.equal(['h3']);
    expect(statusOf(world)).to.deep.equal({ state: 'Running', summary: '1/1 (1/2 completed)' });
    for (const name of ['h1', 'h2']) await world.apply(node(name));
    await world.settle(20_000);
    expect(slots(world)).to.deep.equal(['h2', 'h3']);
    await finishAll(world);
    expect(statusOf(world)).to.deep.equal({ state: 'Complete', summary: '0/0 (3/3 completed)' });
    await world.expectQuiet();
  });

  it('runs on a node that joins later, also when it had completed on all others', async () => {
    const world = await sweeping();
    await finishAll(world);
    world.hosts.add('h4', { images: [globalJob().spec.image] });
    await world.apply(node('h4'));
    await world.settle(20_000);
    expect(slots(world)).to.deep.equal(['h4']);
    expect(statusOf(world)).to.deep.equal({ state: 'Running', summary: '1/1 (3/4 completed)' });
    await finishAll(world);
    expect(statusOf(world).state).to.equal('Complete');
  });

  it('forgets a node that is removed, and runs everywhere again when forced (conformance C180)', async () => {
    const world = await sweeping();
    await finishAll(world);
    await world.delete('Node', 'h3');
    await world.settle();
    expect(statusOf(world)).to.deep.equal({ state: 'Complete', summary: '0/0 (2/2 completed)' });
    await world.apply(globalJob({ forceUpdate: 1 }));
    await world.settle(20_000);
    expect(slots(world)).to.deep.equal(['h1', 'h2']);
    expect(world.tasks('sweep').map(({ spec }) => spec.iteration)).to.deep.equal([1, 1]);
    expect(world.containers('exited').map(({ node: on }) => on)).to.deep.equal(['h3']);
    await finishAll(world);
    expect(statusOf(world)).to.deep.equal({ state: 'Complete', summary: '0/0 (2/2 completed)' });
  });

  it('counts the attempts of each node against maxAttempts', async () => {
    const world = await sweeping({ restart: { condition: 'any', delay: '0s', maxAttempts: 2 } });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(slots(world)).to.include('h1');
      end(world, 'h1', 1, 'sweep');
      await world.settle();
    }
    expect(slots(world)).to.deep.equal(['h2', 'h3']);
    await finishAll(world);
    expect(statusOf(world)).to.deep.equal({ state: 'Failed', summary: '0/0 (2/3 completed)' });
    expect(world.service('sweep').status?.message).to.include('restart attempts used up: 2 of 2');
    await world.expectQuiet();
  });

  it('is not done while there is no node for it', async () => {
    const world = await sweeping({ placement: { constraints: ['node.labels.zone==c'], maxReplicasPerNode: 0 } });
    expect(statusOf(world)).to.deep.equal({ state: 'Pending', summary: '0/0 (0/0 completed)' });
    await world.apply(node('h2', {}, { zone: 'c' }));
    await world.settle();
    expect(slots(world)).to.deep.equal(['h2']);
  });

  it('stays with its node while that cannot be reached, and is not run elsewhere', async () => {
    const world = await sweeping();
    world.hosts.cut('h1');
    await world.settle(120_000);
    expect(statusOf(world)).to.deep.equal({ state: 'Running', summary: '2/3 (0/3 completed)' });
    world.hosts.mend('h1');
    await world.settle(90_000);
    expect(statusOf(world).summary).to.equal('3/3 (0/3 completed)');
    await finishAll(world);
    expect(statusOf(world).state).to.equal('Complete');
  });
});
