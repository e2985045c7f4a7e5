import { expect } from 'chai';
import { checkConditions } from '../../lib/conditions/check.ts';
import { removeStored } from '../../lib/runtime/removal.ts';
import type { StoredNetwork } from '../../lib/types/objects.ts';
import { network } from '../network/objects.ts';
import { node, service, World } from './harness.ts';

function networkOf(world: World, name: string, namespace = 'default'): StoredNetwork | undefined {
  const found = world.store.snapshot().get({ kind: 'Network', namespace, name });
  if (found !== undefined) expect(checkConditions(found)).to.deep.equal([]);
  return found;
}

async function remove(world: World, name: string): Promise<void> {
  await removeStored(world.store, [{ kind: 'Network', namespace: 'default', name }], '2026-01-02T00:00:00Z');
  await world.settle();
}

describe('networks in a running controller', () => {
  it('come with the first service of a namespace, and go with the last', async () => {
    const world = await World.create({ nodes: 2, dataPlane: true });
    await world.apply(service('web', {}, 'shop'));
    await world.settle();
    const made = networkOf(world, 'default', 'shop');
    expect(made?.metadata.uid).to.not.equal('');
    expect(made?.status).to.include({ state: 'Ready', subnet: '10.210.0.0/16' });
    expect(world.told.map(({ about, reason }) => `${about} ${reason}`)).to.include('Network/default AddressesGiven');
    await world.expectQuiet();
    await world.delete('Service', 'web', 'shop');
    await world.settle();
    expect(networkOf(world, 'default', 'shop')).to.equal(undefined);
    await world.expectQuiet();
  });

  it('have a part for every node, from the moment that it is known', async () => {
    const world = await World.create({ nodes: 1, dataPlane: true });
    await world.apply(network('back'));
    await world.settle();
    world.hosts.add('h9');
    await world.apply(node('h9'));
    await world.settle();
    expect(networkOf(world, 'back')?.status?.nodes?.map((part) => part.node)).to.deep.equal(['h1', 'h9']);
    await world.delete('Node', 'h9');
    await world.settle();
    expect(networkOf(world, 'back')?.status?.nodes?.map((part) => part.node)).to.deep.equal(['h1']);
  });

  it('are the same after the controller starts anew (conformance C160)', async () => {
    const world = await World.create({ nodes: 2, dataPlane: true });
    await world.apply(network('back'));
    await world.apply(service('web', { networks: [{ name: 'back' }] }));
    await world.settle();
    const before = networkOf(world, 'back');
    await world.stopController();
    world.startController();
    await world.settle();
    expect(networkOf(world, 'back')).to.deep.equal(before);
  });

  it('that are deleted go once no task is in them', async () => {
    const world = await World.create({ nodes: 1, dataPlane: true });
    await world.apply(network('back'));
    await world.settle();
    await remove(world, 'back');
    expect(networkOf(world, 'back')).to.equal(undefined);
  });
});
