import { expect } from 'chai';
import type { ServiceStatus } from '../../lib/types/generated.ts';
import { network } from '../network/objects.ts';
import { port } from '../publish/objects.ts';
import { service, World } from './harness.ts';

const publish = (world: World, name: string, ports: string[], replicas = 1): Promise<void> =>
  world.apply(service(name, { replicas, ports: ports.map(port) }));
const statusOf = (world: World, name: string): ServiceStatus => world.service(name).status ?? {};
const numbers = (world: World, name: string): (number | undefined)[] =>
  (statusOf(world, name).ports ?? []).map(({ published }) => published);
const names = (world: World, name: string): string[] => world.tasks(name).map(({ metadata }) => metadata.name);

describe('published ports in a running cluster', () => {
  it('are given, told and kept, over updates and over a restart of the controller (conformance C144, C155, C157)', async () => {
    const world = await World.create({ nodes: 2, dataPlane: true });
    await publish(world, 'web', ['80', '8443:443', '53/udp']);
    await publish(world, 'api', ['80']);
    await world.settle();
    expect(statusOf(world, 'web')).to.include({ state: 'Ready', portSummary: '*:8443->443/tcp, *:30000->80/tcp, *:30000->53/udp' });
    expect(numbers(world, 'api')).to.deep.equal([30001]);
    await world.expectQuiet();
    const before = statusOf(world, 'web');
    await world.stopController();
    world.startController();
    await world.apply(service('web', { image: 'registry.test/hello:2', ports: ['80', '8443:443', '53/udp'].map(port) }));
    await world.settle(30_000);
    expect(statusOf(world, 'web').ports).to.deep.equal(before.ports);
    expect(statusOf(world, 'web').endpoint).to.deep.equal({ mode: 'vip', addresses: [{ network: 'default', address: '10.210.240.1' }] });
  });

  it('that conflict though they are stored are not given, and no task runs, until one of the two changes (conformance C151)', async () => {
    const world = await World.create({ nodes: 2, dataPlane: true });
    await publish(world, 'web', ['8080:80']);
    await world.settle();
    await publish(world, 'late', ['81', '8080:80'], 2);
    await world.settle();
    const late = statusOf(world, 'late');
    expect(late).to.include({ state: 'Blocked', summary: '0/2' });
    expect(late.message).to.equal("0 of 2 tasks ready; port '8080' is already in use by service 'web' (uid-web) as an ingress port");
    expect(late.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`)).to.deep.equal([
      'Ready False PortsNotPublished',
      'Stalled True PortsNotPublished',
    ]);
    expect(names(world, 'late')).to.deep.equal([]);
    await world.expectQuiet();
    await publish(world, 'late', ['81', '8081:80'], 2);
    await world.settle();
    expect(statusOf(world, 'late')).to.include({ state: 'Ready', portSummary: '*:8081->80/tcp, *:30000->81/tcp' });
  });

  it('are free for a service that waits for them as soon as the other is gone (conformance C152)', async () => {
    const world = await World.create({ nodes: 2, dataPlane: true });
    await publish(world, 'web', ['8080:80', '81']);
    await world.settle();
    await publish(world, 'late', ['8080:80', '81']);
    await world.settle();
    await world.delete('Service', 'web', 'default');
    await world.settle();
    expect(numbers(world, 'late')).to.deep.equal([8080, 30000]);
    expect(statusOf(world, 'late').state).to.equal('Ready');
  });

  it('of the ingress come and go without a restart; those of mode host need new containers (conformance C159)', async () => {
    const world = await World.create({ nodes: 2, dataPlane: true });
    await world.apply(service('web'));
    await world.settle();
    const first = names(world, 'web');
    for (const ports of [['8080:80'], ['8081:80', '53/udp'], ['9000:90'], []]) {
      await (ports.length === 0 ? world.apply(service('web')) : publish(world, 'web', ports));
      await world.settle();
      expect(names(world, 'web'), ports.join()).to.deep.equal(first);
      expect(statusOf(world, 'web').ports ?? []).to.have.length(ports.length);
    }
    for (const ports of [['host:8080:80'], ['host:8081:80'], ['host:8081:81'], ['host:8081:81/udp'], ['host:81'], ['81']]) {
      const before = names(world, 'web');
      await publish(world, 'web', ports);
      await world.settle(30_000);
      expect(names(world, 'web'), ports.join()).to.not.deep.equal(before);
      expect(statusOf(world, 'web').state, ports.join()).to.equal('Ready');
    }
  });

  it('of mode host are the engine’s to choose where none is asked for, and each task tells its own', async () => {
    const world = await World.create({ nodes: 1 });
    await publish(world, 'web', ['host:80', 'host:8080:81'], 1);
    await publish(world, 'api', ['host:80'], 2);
    await world.settle();
    expect(world.tasks('web')[0]?.status?.ports).to.deep.equal([
      { target: 80, published: 32768, protocol: 'tcp' },
      { target: 81, published: 8080, protocol: 'tcp' },
    ]);
    const chosen = world.tasks('api').map(({ status }) => status?.ports?.[0]?.published);
    expect(new Set([...chosen, 32768]).size).to.equal(3);
    expect(statusOf(world, 'web').portSummary).to.equal('host:8080->81/tcp');
    await world.expectQuiet();
  });
});

describe('the networks of a service', () => {
  it('can be changed by an update: its tasks are rolled, its addresses follow (conformance C077)', async () => {
    const world = await World.create({ nodes: 2, dataPlane: true });
    await world.apply(network('front'));
    await world.apply(network('back'));
    await world.apply(service('web', { replicas: 2, networks: [{ name: 'front' }] }));
    await world.settle();
    const before = names(world, 'web');
    expect(statusOf(world, 'web').endpoint?.addresses.map((each) => each.network)).to.deep.equal(['front']);
    await world.apply(service('web', { replicas: 2, networks: [{ name: 'back' }, { name: 'front', aliases: ['www'] }] }));
    await world.settle(30_000);
    expect(names(world, 'web')).to.not.include.members(before);
    expect(world.tasks('web').map(({ spec }) => spec.networks)).to.deep.equal([
      ['back', 'front'],
      ['back', 'front'],
    ]);
    expect(statusOf(world, 'web').endpoint?.addresses.map((each) => each.network)).to.deep.equal(['back', 'front']);
    const rolled = names(world, 'web');
    await world.apply(service('web', { replicas: 2, networks: [{ name: 'back' }, { name: 'front', aliases: ['other'] }] }));
    await world.settle();
    expect(names(world, 'web'), 'an alias is a name only').to.deep.equal(rolled);
  });
});
