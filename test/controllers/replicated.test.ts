import { expect } from 'chai';
import { IMAGE_2, service, World } from './harness.ts';

const perNode = (names: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name.slice(0, 2)] = (counts[name.slice(0, 2)] ?? 0) + 1;
  return counts;
};

describe('a replicated service', () => {
  it('spreads its tasks over the nodes and becomes ready (conformance C001)', async () => {
    const world = await World.create();
    await world.apply(service('web', { replicas: 6 }));
    await world.settle();
    expect(perNode(world.running())).to.deep.equal({ h1: 2, h2: 2, h3: 2 });
    expect(world.service('web').status).to.include({ state: 'Ready', summary: '6/6', observedGeneration: 1 });
    await world.expectQuiet();
  });

  it('names containers by namespace, service, slot and spec hash (invariant 6)', async () => {
    const world = await World.create({ nodes: 1 });
    await world.apply(service('web', { replicas: 2 }, 'shop'));
    await world.settle();
    expect(world.running()).to.have.length(2);
    for (const name of world.running()) expect(name).to.match(/^h1\/shop_web\.[12]\.[0-9a-f]{8}$/);
    expect(new Set(world.running()).size).to.equal(2);
  });

  it('removes what is surplus when scaled down, leaving the rest alone, and all with zero (conformance C003)', async () => {
    const world = await World.create();
    await world.apply(service('web', { replicas: 5 }));
    await world.settle();
    const before = world.running();
    await world.apply(service('web', { replicas: 3 }));
    await world.settle();
    expect(before).to.include.members(world.running());
    expect(
      world
        .tasks('web')
        .map((task) => task.spec.slot)
        .sort(),
    ).to.deep.equal(['1', '2', '3']);
    await world.apply(service('web', { replicas: 0 }));
    await world.settle();
    expect(world.containers()).to.deep.equal([]);
    expect(world.tasks('web')).to.deep.equal([]);
    expect(world.service('web').status).to.include({ state: 'Ready', summary: '0/0' });
  });

  it('removes everything of a deleted service and nothing else (conformance C005)', async () => {
    const world = await World.create();
    await world.apply(service('web', { replicas: 2 }));
    await world.apply(service('api', { replicas: 2 }));
    await world.settle();
    await world.delete('Service', 'web', 'default');
    await world.settle();
    expect(world.running()).to.have.length(2);
    expect(world.running().every((name) => name.includes('_api.'))).to.equal(true);
    expect(world.tasks('web')).to.deep.equal([]);
    await world.expectQuiet();
  });

  it('restarts nothing when only scale, labels, placement or update settings change (invariant 11, conformance C056)', async () => {
    const world = await World.create();
    await world.apply(service('web', { replicas: 3 }));
    await world.settle();
    const before = world.running();
    const changed = service('web', { replicas: 4, placement: { maxReplicasPerNode: 9 } });
    await world.apply({ ...changed, metadata: { ...changed.metadata, labels: { tier: 'front' } } });
    await world.settle();
    expect(world.running()).to.include.members(before);
    expect(world.running()).to.have.length(4);
  });

  it('does nothing while suspended', async () => {
    const world = await World.create();
    await world.apply(service('web', { replicas: 2, suspend: true }));
    await world.settle();
    expect(world.containers()).to.deep.equal([]);
    expect(world.service('web').status?.state).to.equal('Suspended');
    await world.apply(service('web', { replicas: 2, image: IMAGE_2 }));
    await world.settle();
    expect(world.running()).to.have.length(2);
  });

  it('says with counts why a task cannot be placed, tries again only when something changes, and places it when a node fits (fault 28)', async () => {
    const world = await World.create();
    await world.apply(service('web', { placement: { constraints: ['node.labels.disk==ssd'], maxReplicasPerNode: 0 } }));
    await world.settle();
    expect(world.service('web').status?.message).to.contain('no suitable node (scheduling constraints not satisfied on 3 nodes)');
    await world.expectQuiet();
    const h2 = world.store.snapshot().get({ kind: 'Node', name: 'h2' });
    if (h2 === undefined) throw new Error('no node');
    await world.apply({ ...h2, metadata: { ...h2.metadata, labels: { disk: 'ssd' } } });
    await world.settle();
    expect(perNode(world.running())).to.deep.equal({ h2: 1 });
  });

  it('lets no failing service hold up another (invariant 15)', async () => {
    const world = await World.create();
    await world.apply(service('broken', { image: 'registry.test/none:1', replicas: 3 }));
    await world.apply(service('web', { replicas: 3 }));
    await world.settle();
    expect(world.service('web').status?.state).to.equal('Ready');
    expect(world.service('broken').status?.state).to.equal('Stalled');
    expect(world.running()).to.have.length(3);
  });
});
