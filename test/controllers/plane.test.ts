import { expect } from 'chai';
import { DswarmError } from '../../lib/errors/error.ts';
import type { StoredTask } from '../../lib/types/objects.ts';
import { keyOf } from '../fakes/plane.ts';
import { IMAGE_2, node, service, World } from './harness.ts';

/** Milliseconds: longer than any call of the fakes, shorter than the patience with a node. */
const MOMENT = 1_000;

function addressOf(task: StoredTask | undefined): string {
  return task?.spec.addresses?.['default'] ?? '';
}

describe('tasks on the data plane', () => {
  let world: World;

  beforeEach(async () => {
    world = await World.create({ nodes: 2, dataPlane: true });
  });

  const web = (spec: Parameters<typeof service>[1] = {}): Promise<void> =>
    world.apply(service('web', { replicas: 2, ports: [{ target: 80, published: 8080, protocol: 'tcp', mode: 'ingress' }], ...spec }));
  const status = (name: string): StoredTask['status'] => world.tasks('web').find((task) => task.metadata.name === name)?.status;

  it('are in the networks of their service, each with an address of its own that stays', async () => {
    await web({ networks: [{ name: 'default' }, { name: 'back' }] });
    await world.store.commit([
      {
        put: {
          apiVersion: 'dswarm/v1',
          kind: 'Network',
          metadata: { ...node('back').metadata, namespace: 'default' },
          spec: { driver: 'mesh', internal: false, attachable: false, backend: 'wireguard' },
        },
      },
    ]);
    await world.settle();
    for (const { node: on, container } of world.containers('running')) {
      const task = world.tasks('web').find(({ spec }) => spec.node === on);
      const networks = Object.fromEntries(Object.entries(container.networks).map(([name, { address }]) => [name, address]));
      const { default: first, back } = task?.spec.addresses ?? {};
      expect(networks).to.deep.equal({ dswarm_default_default: first, dswarm_default_back: back });
      const gateways = world.store
        .snapshot()
        .list('Network')
        .map(({ status: given }) => given?.nodes?.find((part) => part.node === on)?.gateway);
      expect(container.config.HostConfig.Dns).to.have.members(gateways);
    }
    expect(new Set(world.tasks('web').map(addressOf)).size).to.equal(2);
    expect(world.service('web').status?.state).to.equal('Ready');
    await world.expectQuiet();
  });

  it('are in the tables of every node, by the published port too', async () => {
    await web();
    await world.settle();
    const addresses = world.tasks('web').map(addressOf);
    for (const name of ['h1', 'h2']) {
      const rules = world.planes.applies
        .filter((apply) => apply.node === name)
        .map(({ files }) => `${files['ruleset.nft'] ?? ''}${files['changes.nft'] ?? ''}`);
      for (const address of addresses) expect(rules.join('\n'), name).to.contain(`${address} . 80`);
      expect(rules.join('\n')).to.contain('tcp . 8080');
    }
    expect(
      world.store
        .snapshot()
        .list('Node')
        .map(({ status: seen }) => seen?.conditions?.find(({ type }) => type === 'NetworkReady')?.status),
    ).to.deep.equal(['True', 'True']);
  });

  it('are Starting until every node has acknowledged them', async () => {
    world.planes.hold('h2');
    await web({ replicas: 1 });
    await world.settle(MOMENT);
    const [task] = world.tasks('web');
    expect(world.running()).to.have.length(1);
    expect(task?.status?.state).to.equal('Starting');
    world.planes.release('h2');
    await world.settle(MOMENT);
    expect(status(task?.metadata.name ?? '')?.state).to.equal('Running');
    expect(world.service('web').status?.state).to.equal('Ready');
  });

  it('are stopped only once every node has acknowledged that it leads to them no more', async () => {
    await web();
    await world.settle();
    world.planes.hold('h1');
    await web({ replicas: 1 });
    await world.settle(MOMENT);
    expect(world.running()).to.have.length(2);
    world.planes.release('h1');
    await world.settle(MOMENT);
    expect(world.running()).to.have.length(1);
  });

  it('do not wait for ever for a node that takes no change', async () => {
    await web();
    await world.settle();
    world.planes.hold('h1');
    await web({ replicas: 3 });
    await world.settle(8_000);
    expect(world.tasks('web').map(({ status: seen }) => seen?.state)).to.deep.equal(['Running', 'Running', 'Running']);
    await web({ replicas: 1 });
    await world.settle(8_000);
    expect(world.running()).to.have.length(1);
  });

  it('do not wait for a node whose data plane fails, and it is told', async () => {
    await web();
    await world.settle();
    world.planes.failures.set('h1', new DswarmError('DSW_PLANE_FAILED', 'the plane does not start', { where: 'h1' }));
    await web({ replicas: 1 });
    await world.settle(8_000);
    expect(world.running()).to.have.length(1);
    const condition = world.store
      .snapshot()
      .get({ kind: 'Node', name: 'h1' })
      ?.status?.conditions?.find(({ type }) => type === 'NetworkReady');
    expect(condition).to.include({ status: 'False', message: 'the plane does not start' });
    world.planes.failures.delete('h1');
    await world.settle(20_000);
    const mended = world.store
      .snapshot()
      .get({ kind: 'Node', name: 'h1' })
      ?.status?.conditions?.find(({ type }) => type === 'NetworkReady');
    expect(mended).to.include({ status: 'True' });
  });

  it('are served again where what was to stop them is no longer wanted', async () => {
    await web();
    await world.settle();
    const before = world.running();
    world.planes.hold('h1');
    await web({ replicas: 1 });
    await world.settle(500);
    await web({ replicas: 2 });
    await world.settle(500);
    world.planes.release('h1');
    await world.settle();
    expect(world.running()).to.deep.equal(before);
    const addresses = world.tasks('web').map(addressOf);
    const last = world.planes.applies.filter(({ files }) => `${files['changes.nft'] ?? ''}`.includes('. 80')).at(-1);
    for (const address of addresses) expect(last?.files['changes.nft']).to.contain(address);
  });

  it('are replaced one by one with the next one in the tables before the last one leaves them, start-first', async () => {
    const update = {
      parallelism: 1,
      delay: '0s',
      monitor: '1s',
      maxFailureRatio: 0,
      order: 'start-first',
      progressDeadline: '10m',
      failureAction: 'pause',
    } as const;
    await web({ update });
    await world.settle();
    const seen = world.planes.applies.length;
    await web({ update, image: IMAGE_2 });
    await world.settle(20_000);
    const targets = world.planes.applies
      .slice(seen)
      .filter(({ node: on, files }) => on === 'h1' && files['changes.nft'] !== undefined)
      .map(({ files }) => Number(/numgen inc mod ([0-9]+)/.exec(files['changes.nft'] ?? '')?.[1] ?? 1));
    expect(targets).to.deep.equal([3, 2, 3, 2]);
  });

  const told = (): string[] => world.told.map(({ about, type, reason, message }) => `${about} ${type} ${reason} ${message}`);
  const networkReady = (name: string): string => {
    const seen = world.store
      .snapshot()
      .get({ kind: 'Node', name })
      ?.status?.conditions?.find(({ type }) => type === 'NetworkReady');
    return `${String(seen?.status)} ${String(seen?.reason)}`;
  };

  it('are served again once a data plane that failed is well: both are told as events of its node', async () => {
    world.planes.failures.set('h1', new DswarmError('DSW_PLANE_FAILED', 'the plane does not start', { where: 'h1' }));
    await web();
    await world.settle(8_000);
    expect(networkReady('h1')).to.equal('False NotCurrent');
    expect(told()).to.include('Node/h1 Warning NotCurrent the plane does not start');
    world.planes.failures.clear();
    await world.settle(60_000);
    expect(networkReady('h1')).to.equal('True Current');
    expect(told()).to.include('Node/h1 Normal NetworkReady it serves what the cluster serves');
  });

  it('are told of, where there is no image for the architecture of a node, with what to do', async () => {
    expect(world.planes.archs.get('h1')).to.be.a('string').that.is.not.empty;
    const hint = 'build one';
    world.planes.failures.set('h1', new DswarmError('DSW_PLANE_ARCHITECTURE', 'there is no plane image for arm64', { where: 'h1', hint }));
    await world.settle(70_000);
    expect(networkReady('h1')).to.equal('False NoPlaneImage');
    expect(told()).to.include('Node/h1 Warning NoPlaneImage there is no plane image for arm64; build one');
  });

  it('are told of, where a tunnel between two nodes that answer has no handshake; not where one of them is away', async () => {
    world.planes.tunnels.set('h1', [{ publicKey: keyOf('h2') }]);
    await world.settle(150_000);
    const message = 'its tunnel to node h2 has no handshake: does UDP 51820 pass between them, both ways?';
    expect(networkReady('h1')).to.equal('False TunnelSilent');
    expect(told()).to.include(`Node/h1 Warning TunnelSilent ${message}`);
    expect(networkReady('h2')).to.equal('True Current');
    world.hosts.cut('h2');
    await world.settle(150_000);
    expect(networkReady('h1')).to.equal('True Current');
    expect(networkReady('h2')).to.equal('Unknown NodeNotReady');
  });

  it('are gone from a host whose node is removed with its data plane and networks; where they run on, it stays, and is told', async () => {
    await web({ replicas: 1, placement: { constraints: ['node.hostname==h1'], maxReplicasPerNode: 0 } });
    await world.settle();
    const networksOn = (name: string): number => world.hosts.engines.get(name)?.networks.list([]).length ?? 0;
    expect(networksOn('h1')).to.equal(1);
    await world.delete('Node', 'h1');
    await world.settle();
    expect(world.planes.removed).to.deep.equal([]);
    expect(told()).to.include('Node/h1 Warning DataPlaneLeft its data plane was left on the host: containers run there');
    await world.delete('Service', 'web', 'default');
    await world.delete('Node', 'h2');
    await world.settle();
    expect(world.planes.removed).to.deep.equal(['h2']);
    expect(told()).to.include('Node/h2 Normal DataPlaneRemoved its data plane was taken off the host');
    expect(networksOn('h2')).to.equal(0);
  });

  it('are sent to by the key that their node has now, where it made itself another (fault 77)', async () => {
    const keysOfPeers = (): string => {
      const conf = world.planes.applies.filter(({ node: at }) => at === 'h1').findLast(({ files }) => 'wireguard.conf' in files);
      return conf?.files['wireguard.conf'] ?? '';
    };
    await world.settle(70_000);
    expect(keysOfPeers()).to.contain(`PublicKey = ${keyOf('h2')}`);
    world.planes.keys.set('h2', keyOf('another'));
    await world.settle(70_000);
    expect(keysOfPeers())
      .to.contain(`PublicKey = ${keyOf('another')}`)
      .and.to.not.contain(keyOf('h2'));
  });

  it('take no address of a network that has none for their node, and say so', async () => {
    await world.apply(service('lost', { networks: [{ name: 'nowhere' }] }));
    await world.settle();
    expect(world.containers()).to.have.length(0);
    expect(world.service('lost').status?.state).to.not.equal('Ready');
  });

  it('are forgotten with their open connections by every node once they have ended, and not before', async () => {
    await web();
    await world.settle();
    const gone = world.tasks('web').find(({ spec }) => spec.slot === '2');
    const flushed = (): string[] =>
      world.planes.applies
        .filter(({ files }) => files['flush']?.includes(`-p tcp --reply-src ${addressOf(gone)}`) === true)
        .map(({ node: on }) => on);
    world.planes.hold('h1');
    await web({ replicas: 1 });
    await world.settle(MOMENT);
    expect(flushed()).to.deep.equal([]);
    world.planes.release('h1');
    await world.settle();
    expect(flushed().sort()).to.deep.equal(['h1', 'h2']);
    await world.expectQuiet();
  });

  it('leave the tables together where many are stopped together', async () => {
    await web({ replicas: 40 });
    await world.settle();
    const before = world.planes.applies.length;
    await world.store.commit([{ delete: { kind: 'Service', namespace: 'default', name: 'web' } }]);
    await world.settle(30_000);
    expect(world.running()).to.deep.equal([]);
    expect(world.planes.applies.length - before).to.be.lessThan(40);
  });

  it('that come and go a thousand times a second are told to a node once it has taken the last change (fault 75)', async () => {
    await web();
    await world.settle();
    const [task] = world.tasks('web');
    const key = `default/${task?.metadata.name ?? ''}`;
    for (const name of ['h1', 'h2']) world.planes.hold(name);
    const before = world.planes.applies.length;
    for (let turn = 0; turn < 1_000; turn += 1) {
      if (turn % 2 === 0) void world.manager?.plane?.withdraw(key);
      else world.manager?.plane?.restore(key);
      await world.clock.advance(1);
    }
    for (const name of ['h1', 'h2']) world.planes.release(name);
    await world.settle(MOMENT);
    expect(world.planes.applies.length - before).to.be.within(2, 4);
  });

  it('are tried out from every node, and what is broken there is told; so is a node that cannot be asked', async () => {
    await web();
    await world.settle();
    const [gateway = ''] = world.store
      .snapshot()
      .list('Network')
      .flatMap(({ status: given }) => given?.nodes?.filter((part) => part.node === 'h2').map((part) => part.gateway) ?? []);
    world.planes.broken.set(`h1 ping:${gateway}`, `no answer from ${gateway} through the tunnel`);
    const checks = (await world.manager?.plane?.check()) ?? [];
    const kinds = (from: string): string[] => [...new Set(checks.filter((check) => check.from === from).map(({ what }) => what))].sort();
    expect(kinds('h1')).to.deep.equal(['address', 'names', 'port', 'tunnel']);
    expect(kinds('h2')).to.deep.equal(kinds('h1'));
    const broken = checks
      .filter(({ problem }) => problem !== undefined)
      .map(({ from, to, what, problem }) => ({ from, to, what, problem }));
    expect(broken).to.deep.equal([{ from: 'h1', to: 'h2', what: 'tunnel', problem: `no answer from ${gateway} through the tunnel` }]);
    world.planes.failures.set('h2', new DswarmError('DSW_PLANE_FAILED', 'the plane is gone', { where: 'h2' }));
    const again = (await world.manager?.plane?.check()) ?? [];
    expect(again.filter(({ from }) => from === 'h2').map(({ problem }) => problem)).to.deep.equal(['the plane is gone']);
  });

  it('wait for a node whose agent makes no key, which is asked ever less often, and told', async () => {
    world.planes.keyless.add('h1');
    world.manager?.plane?.resync();
    const before = world.planes.ensures;
    await world.settle(10_000);
    expect(world.planes.ensures - before).to.be.within(2, 20);
    const condition = world.store
      .snapshot()
      .get({ kind: 'Node', name: 'h1' })
      ?.status?.conditions?.find(({ type }) => type === 'NetworkReady');
    expect(condition).to.include({ status: 'False', message: 'its agent has made no key yet' });
  });

  it('leave no network behind on any host once none of their namespace is left', async () => {
    await web();
    await world.settle();
    const networks = (): string[] =>
      [...world.hosts.engines.values()].flatMap((engine) => engine.networks.list([]).map(({ name }) => name));
    expect(networks()).to.deep.equal(['dswarm_default_default', 'dswarm_default_default']);
    await world.delete('Service', 'web', 'default');
    await world.settle();
    expect(networks()).to.deep.equal([]);
    await world.expectQuiet();
  });

  it('keep their tables over a restart of the controller, and stay Running', async () => {
    await web();
    await world.settle();
    const told = world.planes.applies.length;
    const last = world.planes.applies.at(-1)?.generation ?? 0;
    await world.stopController();
    world.startController();
    await world.settle(50);
    expect(world.tasks('web').map(({ status: seen }) => seen?.state)).to.deep.equal(['Running', 'Running']);
    await world.settle();
    for (const { generation, files } of world.planes.applies.slice(told)) {
      expect(generation).to.be.greaterThan(last);
      for (const task of world.tasks('web')) expect(files['ruleset.nft']).to.contain(addressOf(task));
    }
  });
});
