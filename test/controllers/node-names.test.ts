import { expect } from 'chai';
import { PlaneAddresses } from '../../controllers/plane-addresses.ts';
import { silentLog } from '../../lib/ports/log.ts';
import { FakePlanes } from '../fakes/plane.ts';
import { node, RESYNC_MS, World } from './harness.ts';

describe('a node whose address is a name', () => {
  /** What the other node sends to. */
  const endpoints = (world: World): string[] => {
    const conf = world.planes.applies.filter((apply) => apply.node === 'h1').findLast(({ files }) => 'wireguard.conf' in files);
    return (conf?.files['wireguard.conf'] ?? '').split('\n').filter((line) => line.startsWith('Endpoint'));
  };
  const networkReady = (world: World): [string | undefined, string | undefined] => {
    const { status } = world.store.snapshot().get({ kind: 'Node', name: 'h2' }) ?? {};
    const found = status?.conditions?.find(({ type }) => type === 'NetworkReady');
    return [found?.status, found?.message];
  };

  it('is told while the name does not resolve, is sent to once it does, and where it was while the resolver is away (fault 72)', async () => {
    const world = await World.create({ nodes: 2, dataPlane: true });
    await world.apply(node('h2', { address: 'h2.test' }));
    await world.settle(2 * RESYNC_MS);
    expect(networkReady(world)).to.deep.equal([
      'False',
      'other nodes cannot send to it: h2.test does not resolve to an address; give spec.address as a number',
    ]);
    expect(endpoints(world)).to.deep.equal([]);
    world.planes.hosts.set('h2.test', '192.0.2.7');
    await world.settle(2 * RESYNC_MS);
    expect(networkReady(world)).to.deep.equal(['True', 'it serves what the cluster serves']);
    expect(endpoints(world)).to.deep.equal(['Endpoint = 192.0.2.7:51820']);
    world.planes.hosts.delete('h2.test');
    await world.settle(2 * RESYNC_MS);
    expect(networkReady(world)[0]).to.equal('True');
    expect(endpoints(world)).to.deep.equal(['Endpoint = 192.0.2.7:51820']);
  });

  it('is sent to over IPv6 where it has nothing else (fault 72)', async () => {
    const world = await World.create({ nodes: 2, dataPlane: true });
    world.planes.hosts.set('h2.test', '2001:db8::7');
    await world.apply(node('h2', { address: 'h2.test' }));
    await world.settle(2 * RESYNC_MS);
    expect(networkReady(world)[0]).to.equal('True');
    expect(endpoints(world)).to.deep.equal(['Endpoint = [2001:db8::7]:51820']);
  });

  it('holds nobody up while the resolver takes its time (fault 72)', async () => {
    const planes = new FakePlanes();
    let answer: (address: string) => void = () => undefined;
    planes.lookup = () => new Promise((resolve) => (answer = resolve));
    let changes = 0;
    const addresses = new PlaneAddresses({ planes, log: silentLog, changed: () => (changes += 1) });
    expect(addresses.of(node('h2', { address: 'h2.test' }))).to.equal(undefined);
    expect(addresses.of(node('h3', { address: '192.0.2.3' }))).to.equal('192.0.2.3');
    answer('192.0.2.7');
    await Promise.resolve();
    expect(changes).to.equal(1);
    expect(addresses.of(node('h2', { address: 'h2.test' }))).to.equal('192.0.2.7');
    expect(addresses.problem('h2')).to.equal(undefined);
  });
});
