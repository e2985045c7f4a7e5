import { expect } from 'chai';
import type { StoredTask } from '../../lib/types/objects.ts';
import { service, World } from './harness.ts';

const NONE = 'registry.test/none:1';
const creates = (world: World): number => world.mutations().filter((call) => call.endsWith('createContainer')).length;

/** A record as an earlier run of the controller may have left it, without a container. */
function record(of: string, slot: string, node: string): StoredTask {
  const name = `${of}.${slot}.zzzzzz`;
  const spec = { service: of, serviceUid: `uid-${of}`, slot, node, containerName: `default_${name}`, specHash: 'v1:0', image: 'i' };
  const metadata = {
    name,
    namespace: 'default',
    uid: name,
    generation: 1,
    resourceVersion: '0',
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  return { apiVersion: 'dswarm/v1', kind: 'Task', metadata, spec, status: { state: 'Assigned', desiredState: 'Running' } };
}

describe('what a controller finds when it starts', () => {
  it('a task recorded for a lost node: its slot is filled elsewhere (conformance C016)', async () => {
    const world = await World.create();
    await world.apply(service('web', { replicas: 2 }));
    await world.settle();
    const task = world.tasks('web')[0];
    if (task === undefined) throw new Error('no task');
    const lost = ['h1', 'h2', 'h3'].find((name) => !world.tasks('web').some(({ spec }) => spec.node === name)) ?? '';
    world.hosts.off(lost);
    await world.settle(60_000);
    await world.stopController();
    const { specHash } = task.spec;
    const late = record('web', '3', lost);
    await world.store.commit([{ put: { ...late, spec: { ...late.spec, specHash } } }]);
    await world.apply(service('web', { replicas: 3 }));
    world.startController();
    await world.settle(30_000);
    expect(world.running()).to.have.length(3);
    expect(world.service('web').status).to.include({ state: 'Ready', summary: '3/3' });
    const third = world.tasks('web').filter(({ spec }) => spec.slot === '3');
    expect(third.map(({ spec, status }) => [spec.node === lost, status?.state]).sort()).to.deep.equal([
      [false, 'Running'],
      [true, 'Orphaned'],
    ]);
  });

  it('a rejected task of a global service is replaced once (conformance C032)', async () => {
    const world = await World.create();
    await world.apply(service('agent', { mode: 'global', image: NONE }));
    await world.settle(2_000);
    expect(world.tasks('agent').map(({ status }) => status?.state)).to.deep.equal(['Rejected', 'Rejected', 'Rejected']);
    const rejected = world.tasks('agent').map(({ metadata }) => metadata.name);
    await world.stopController();
    for (const engine of world.hosts.engines.values()) engine.pullable.set(NONE, 10);
    world.startController();
    await world.settle();
    expect(world.running()).to.have.length(3);
    expect(creates(world)).to.equal(3);
    expect(world.history('agent').map(({ metadata }) => metadata.name)).to.include.members(rejected);
    expect(world.history('agent').every(({ status }) => status?.state === 'Rejected' && status.desiredState === 'Shutdown')).to.equal(true);
    await world.expectQuiet();
  });

  it('a failed task of a global service is replaced once, on its node (conformance C033)', async () => {
    const world = await World.create();
    await world.apply(service('agent', { mode: 'global', restart: { condition: 'any', delay: '0s' } }));
    await world.settle();
    await world.stopController();
    const first = world.anyRunning();
    world.hosts.engine(first.node).crash(first.container.id, 2);
    const before = creates(world);
    world.startController();
    await world.settle();
    expect(world.running()).to.have.length(3);
    expect(creates(world)).to.equal(before + 1);
    expect(world.history('agent').map(({ spec, status }) => [spec.node, status?.state, status?.exitCode])).to.deep.equal([
      [first.node, 'Failed', 2],
    ]);
    await world.expectQuiet();
  });

  it('tasks of a service that is no more are deleted, with their containers; others are left alone (conformance C036)', async () => {
    const world = await World.create();
    for (const name of ['web', 'gone']) await world.apply(service(name, { replicas: 2 }));
    await world.settle();
    await world.stopController();
    const kept = world.running().filter((name) => name.includes('_web.'));
    await world.store.commit([{ delete: { kind: 'Service', namespace: 'default', name: 'gone' } }, { put: record('ghost', '1', 'h1') }]);
    world.startController();
    await world.settle(20_000);
    expect(world.running()).to.deep.equal(kept);
    expect(world.containers()).to.have.length(2);
    expect([...world.tasks('gone'), ...world.tasks('ghost'), ...world.history('gone'), ...world.history('ghost')]).to.deep.equal([]);
    await world.expectQuiet();
  });
});
