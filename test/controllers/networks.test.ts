import { expect } from 'chai';
import { checkConditions } from '../../lib/conditions/check.ts';
import { removeStored } from '../../lib/runtime/removal.ts';
import type { StoredNetwork } from '../../lib/types/objects.ts';
import { network } from '../network/objects.ts';
import { IMAGE, node, service, World } from './harness.ts';

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

  it('are one link for their tasks on all nodes, which engines lead outside by those that let anything out', async () => {
    const world = await World.create({ nodes: 2, dataPlane: true });
    await world.apply(network('back', { internal: true }));
    await world.apply(service('web', { replicas: 2, networks: [{ name: 'back' }, { name: 'default' }] }));
    await world.settle();
    const seen = world.hosts.engines.get('h2')?.networks.list([]) ?? [];
    const parts = seen.map(({ name, subnet, range, gateway }) => [name, subnet, range, gateway]).sort();
    expect(parts).to.deep.equal([
      ['dswarm_default_default', '10.211.0.0/16', '10.211.1.0/24', '10.211.1.1'],
      ['dswarminternal_default_back', '10.210.0.0/16', '10.210.1.0/24', '10.210.1.1'],
    ]);
    expect(world.service('web').status?.summary).to.equal('2/2');
    await world.expectQuiet();
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

  it('that a service names and that are not there are waited for, by name and without a loop (fault 26)', async () => {
    const world = await World.create({ nodes: 2, dataPlane: true });
    await world.apply(service('web', { replicas: 2, networks: [{ name: 'default' }, { name: 'back' }] }));
    await world.settle();
    const { status } = world.service('web');
    expect(status).to.include({ state: 'Blocked' });
    expect(status?.message).to.equal('0 of 2 tasks ready; spec.networks[1]: network back does not exist in namespace default');
    expect(status?.conditions?.map(({ type, reason }) => `${type} ${reason}`)).to.deep.equal([
      'Ready NetworkMissing',
      'Stalled NetworkMissing',
    ]);
    expect(world.tasks('web')).to.deep.equal([]);
    await world.expectQuiet();
    await world.apply(network('back'));
    await world.settle();
    expect(world.service('web').status?.state).to.equal('Ready');
  });

  it('without addresses hold up new tasks and say why', async () => {
    const world = await World.create({ nodes: 1, dataPlane: true });
    await world.apply(network('front', { subnet: '10.60.0.0/16' }));
    await world.settle();
    await world.apply(network('back', { subnet: '10.60.0.0/16' }));
    await world.apply(service('web', { networks: [{ name: 'back' }] }));
    await world.settle();
    expect(world.service('web').status?.message).to.equal(
      '0 of 1 tasks ready; spec.networks[0]: network back has no addresses: 10.60.0.0/16 overlaps 10.60.0.0/16 of network default/front',
    );
    await world.expectQuiet();
  });

  it('keep clear of networks that engines have of their own (fault 79)', async () => {
    const world = await World.create({ nodes: 2, dataPlane: true });
    const lab = { name: 'lab', labels: {}, subnet: '10.210.0.0/20', range: '10.210.0.0/20', gateway: '10.210.0.1', options: {} };
    await world.hosts.engines.get('h2')?.createNetwork(lab);
    await world.settle(70_000);
    const subnets = world.store.snapshot().get({ kind: 'Node', name: 'h2' })?.status?.subnets;
    expect(subnets).to.deep.equal([{ network: 'lab', subnet: '10.210.0.0/20' }]);
    await world.apply(service('web', { replicas: 2 }));
    await world.settle();
    expect(networkOf(world, 'default')?.status?.subnet).to.equal('10.211.0.0/16');
    expect(world.service('web').status?.state).to.equal('Ready');
    expect(world.store.snapshot().get({ kind: 'Node', name: 'h1' })?.status?.subnets, 'its own do not count').to.equal(undefined);
    await world.expectQuiet();
  });

  it('keep clear of routes that hosts tell of, from the first network on; later ones are told (fault 79)', async () => {
    const world = await World.create({ nodes: 0, dataPlane: true });
    world.planes.routes.set('h8', ['10.210.64.0/20', '10.77.0.0/24']);
    await world.apply(service('web', { replicas: 2 }));
    for (const name of ['h8', 'h9']) {
      world.hosts.add(name, { images: [IMAGE] });
      await world.apply(node(name, { address: `10.77.0.${name.slice(1)}` }));
    }
    await world.settle();
    expect(networkOf(world, 'default')?.status).to.include({ state: 'Ready', subnet: '10.211.0.0/16' });
    expect(world.service('web').status?.state).to.equal('Ready');
    await world.expectQuiet();
    world.planes.routes.set('h9', ['10.211.7.0/24']);
    await world.settle(70_000);
    const message = '10.211.0.0/16 overlaps 10.211.7.0/24, a route of node h9';
    expect(networkOf(world, 'default')?.status).to.include({ state: 'Degraded', subnet: '10.211.0.0/16', message });
    expect(world.told.map(({ about, reason, message: said }) => `${about} ${reason} ${said}`)).to.include(
      `Network/default SubnetOverlap ${message}`,
    );
    await world.expectQuiet();
  });

  it('that are deleted with their services stay until the last task has stopped (conformance C161)', async () => {
    const world = await World.create({ nodes: 2, dataPlane: true, engine: { latency: { stop: 3_000 } } });
    await world.apply(network('back'));
    await world.apply(service('web', { replicas: 5, networks: [{ name: 'back' }] }));
    await world.settle();
    expect(world.running()).to.have.length(5);
    await removeStored(world.store, [{ kind: 'Network', namespace: 'default', name: 'back' }], '2026-01-02T00:00:00Z');
    await world.delete('Service', 'web', 'default');
    for (let second = 0; second < 60 && world.tasks('web').length > 0; second += 1) {
      expect(networkOf(world, 'back')?.status).to.include({ subnet: '10.210.0.0/16' });
      await world.settle(1_000);
    }
    expect(world.running()).to.deep.equal([]);
    await world.settle();
    expect(networkOf(world, 'back')).to.equal(undefined);
    await world.expectQuiet();
  });

  it('and addresses are free again each time that a service is removed, however often it is made anew (conformance C196)', async () => {
    const world = await World.create({ nodes: 2, dataPlane: true });
    const given: unknown[] = [];
    for (let round = 0; round < 5; round += 1) {
      await world.apply(service('web', { replicas: 2 }, 'shop'));
      await world.settle();
      given.push([networkOf(world, 'default', 'shop')?.status?.subnet, world.service('web', 'shop').status?.endpoint?.addresses]);
      await world.delete('Service', 'web', 'shop');
      await world.settle(20_000);
      expect(networkOf(world, 'default', 'shop')).to.equal(undefined);
      expect(world.containers()).to.deep.equal([]);
    }
    expect(new Set(given.map((each) => JSON.stringify(each))).size, JSON.stringify(given)).to.equal(1);
    for (const engine of world.hosts.engines.values())
      expect((await engine.listNetworks({})).filter(({ name }) => name.includes('shop'))).to.deep.equal([]);
  });

  it('that are deleted under a service take no new tasks; what runs goes on', async () => {
    const world = await World.create({ nodes: 1, dataPlane: true });
    await world.apply(network('back'));
    await world.apply(service('web', { networks: [{ name: 'back' }] }));
    await world.settle();
    await removeStored(world.store, [{ kind: 'Network', namespace: 'default', name: 'back' }], '2026-01-02T00:00:00Z');
    await world.settle();
    expect(networkOf(world, 'back')?.status?.state).to.equal('Terminating');
    expect(world.service('web').status?.message).to.equal('1 of 1 tasks ready; spec.networks[0]: network back is being deleted');
    await world.apply(service('web', { replicas: 2, networks: [{ name: 'back' }] }));
    await world.settle();
    expect(world.running()).to.have.length(1);
    await world.expectQuiet();
  });

  it('that are deleted go once no task is in them', async () => {
    const world = await World.create({ nodes: 1, dataPlane: true });
    await world.apply(network('back'));
    await world.settle();
    await remove(world, 'back');
    expect(networkOf(world, 'back')).to.equal(undefined);
  });
});
