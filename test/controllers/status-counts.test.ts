import { expect } from 'chai';
import { end, worldWith, job } from './job-world.ts';
import { service, World } from './harness.ts';

const web = (replicas: number, maxReplicasPerNode?: number) =>
  service('web', { replicas, stopGracePeriod: '30s', ...(maxReplicasPerNode === undefined ? {} : { placement: { maxReplicasPerNode } }) });
const summary = (world: World, name = 'web'): unknown => world.service(name).status?.summary;

describe('the count of a service', () => {
  it('is what runs out of what should: converged, with a limit for each node, and short of it (conformance C187, C188)', async () => {
    const world = await World.create();
    await world.apply(web(3));
    await world.settle();
    expect(summary(world)).to.equal('3/3');
    await world.apply(web(7, 2));
    await world.settle();
    expect(summary(world)).to.equal('6/7 (max 2 per node)');
    expect(world.service('web').status).to.include({ desired: 7, ready: 6, replicas: 6 });
  });

  it('tells four running of two while it is scaled down, until the others have stopped (conformance C187)', async () => {
    const world = await World.create({ engine: { latency: { stop: 20_000 } } });
    await world.apply(web(4));
    await world.settle();
    await world.apply(web(2));
    await world.settle();
    expect(summary(world)).to.equal('4/2');
    expect(world.service('web').status).to.include({ desired: 2, ready: 2, replicas: 4 });
    await world.settle(30_000);
    expect(summary(world)).to.equal('2/2');
    expect(world.service('web').status).to.include({ desired: 2, ready: 2, replicas: 2, state: 'Ready' });
  });

  it('is gone with the service, while its tasks are still stopping (conformance C187)', async () => {
    const world = await World.create({ engine: { latency: { stop: 20_000 } } });
    await world.apply(web(2));
    await world.settle();
    await world.delete('Service', 'web', 'default');
    await world.settle();
    expect(() => world.service('web')).to.throw('no service web');
    expect(world.tasks('web').map(({ status }) => status?.desiredState)).to.deep.equal(['Shutdown', 'Shutdown']);
    await world.settle(30_000);
    expect(world.tasks('web')).to.deep.equal([]);
  });

  it('of a job has what completed beside it, and begins from nothing with its next iteration (conformance C187, C188)', async () => {
    const world = await worldWith({ replicas: 10, maxConcurrent: 2 });
    for (const slot of ['0', '1']) end(world, slot);
    await world.settle();
    for (const slot of ['2', '3']) end(world, slot);
    await world.settle();
    expect(summary(world, 'job')).to.equal('2/2 (4/10 completed)');
    await world.apply(job({ replicas: 10, maxConcurrent: 2, env: { RUN: '2' } }));
    await world.settle(20_000);
    expect(summary(world, 'job')).to.equal('2/2 (0/10 completed)');
  });
});
