import { expect } from 'chai';
import { createMemoryStore } from '../../lib/io/store/memory.ts';
import type { AnyStored, Kind } from '../../lib/types/objects.ts';
import { service, World } from './harness.ts';

const KINDS: readonly Kind[] = ['Node', 'Service', 'Task', 'Revision'];
const everything = (world: World): AnyStored[] => KINDS.flatMap((kind): AnyStored[] => [...world.store.snapshot().list(kind)]);

describe('state that was restored from an old backup', () => {
  it('deletes nothing: what runs is listed and taken up, and a service that it does not know is left alone until it is back (fault 85)', async () => {
    const world = await World.create();
    await world.apply(service('web', { replicas: 4 }));
    await world.settle();
    const backup = everything(world);
    // Since then all tasks of web were replaced, and a service was added.
    for (const { node, container } of world.containers()) world.hosts.engine(node).kill(container.id);
    await world.apply(service('later', { replicas: 3 }));
    await world.settle();
    const before = world.running();
    expect(before).to.have.length(7);
    await world.stopController();
    Object.assign(world, { store: createMemoryStore() });
    await world.store.commit(backup.map((object) => ({ put: object })));
    const mutations = world.mutations().length;
    world.startController();
    await world.settle(30_000);
    expect(world.running()).to.deep.equal(before);
    expect(world.service('web').status?.state).to.equal('Ready');
    expect(world.tasks('web')).to.have.length(4);
    // Its manifest is still there, and is read again.
    await world.apply(service('later', { replicas: 3 }));
    await world.settle();
    expect(world.running()).to.deep.equal(before);
    expect(world.service('later').status?.state).to.equal('Ready');
    expect(world.mutations()).to.have.length(mutations);
  });
});
