import { expect } from 'chai';
import { noMetrics } from '../../lib/ports/metrics.ts';
import type { NodeStatus } from '../../lib/types/generated.ts';
import { IMAGE, IMAGE_2, node, service, World, type WorldOptions } from './harness.ts';

async function converged(replicas = 3, options: WorldOptions = {}): Promise<World> {
  const world = await World.create(options);
  await world.apply(service('web', { replicas }));
  await world.settle();
  return world;
}

const nodeStatus = (world: World, name: string): NodeStatus => world.store.snapshot().get({ kind: 'Node', name })?.status ?? {};
const on = (world: World, name: string): string[] => world.running().filter((entry) => entry.startsWith(`${name}/`));
const removals = (world: World, name: string): number =>
  world.hosts.engine(name).mutatingCalls.filter((call) => call.op === 'removeContainer').length;
const slots = (world: World): string[] =>
  world
    .tasks('web')
    .map((task) => task.spec.slot)
    .sort();

describe('a lost host', () => {
  it('is Unknown, then Down; its tasks run elsewhere within failover.after, and not before (conformance C015, fault 68)', async () => {
    const world = await converged(6);
    world.hosts.off('h2');
    await world.settle(14_900);
    expect(nodeStatus(world, 'h2').state).to.equal('Unknown');
    expect(world.running()).to.have.length(4);
    await world.settle(1_000);
    expect(nodeStatus(world, 'h2')).to.include({ state: 'Down', failover: 'Moved' });
    expect(world.running()).to.have.length(6);
    expect(world.service('web').status).to.include({ state: 'Ready', summary: '6/6' });
    const orphaned = world.tasks('web').filter((task) => task.spec.node === 'h2');
    expect(orphaned.map((task) => task.status?.state)).to.deep.equal(['Orphaned', 'Orphaned']);
    expect(world.told.filter((event) => event.reason === 'TaskOrphaned')).to.have.length(2);
    expect(world.told.some((event) => event.reason === 'NodeDown')).to.equal(true);
    await world.expectQuiet();
  });

  it('that falls silent has its tasks elsewhere within failover.after of its last sign, however late that is noticed (fault 68)', async () => {
    for (const after of [5_000, 15_000]) {
      const world = await World.create();
      await world.apply(service('web', { replicas: 6, failover: { after: `${after / 1_000}s` } }));
      await world.settle();
      world.hosts.silence('h2');
      await world.settle(after - 100);
      const elsewhere = (): string[] => world.running().filter((entry) => !entry.startsWith('h2/'));
      expect(elsewhere()).to.have.length(4);
      await world.settle(500);
      expect(elsewhere()).to.have.length(6);
    }
  });

  it('that was only cut off gives back what is surplus, exactly once, and the newer copies stay (fault 68)', async () => {
    const world = await converged(6);
    world.hosts.cut('h2');
    await world.settle(20_000);
    expect(on(world, 'h2')).to.have.length(2);
    expect(world.running()).to.have.length(8);
    const moved = world.running().filter((entry) => !entry.startsWith('h2/'));
    world.hosts.mend('h2');
    await world.settle();
    expect(world.running()).to.deep.equal(moved);
    expect(removals(world, 'h2')).to.equal(2);
    expect(slots(world)).to.deep.equal(['1', '2', '3', '4', '5', '6']);
    await world.settle(60_000);
    await world.expectQuiet();
  });

  it('that is back before its replacement is ready keeps the healthier copy, its own', async () => {
    const world = await converged(3, { engine: { latency: { start: 3_000 } } });
    await world.settle();
    const before = world.running();
    expect(before).to.have.length(3);
    world.hosts.cut('h2');
    await world.settle(16_000);
    expect(world.tasks('web')).to.have.length(4);
    world.hosts.mend('h2');
    await world.settle(1_000);
    for (const engine of [world.hosts.engine('h1'), world.hosts.engine('h3')])
      for (const { id, state } of engine.containers.values()) if (state === 'created') await engine.removeContainer(id, { force: true });
    await world.settle(60_000);
    expect(world.running()).to.deep.equal(before);
    expect(slots(world)).to.deep.equal(['1', '2', '3']);
  });

  it('has its tasks replaced after the time that the service asks for', async () => {
    const world = await World.create();
    await world.apply(service('fast', { replicas: 3, failover: { after: '5s' } }));
    await world.apply(service('slow', { replicas: 3, failover: { after: '1m' } }));
    await world.settle();
    world.hosts.off('h3');
    await world.settle(6_000);
    expect(world.running().filter((entry) => entry.includes('fast'))).to.have.length(3);
    await world.settle(53_000);
    expect(world.running().filter((entry) => entry.includes('slow'))).to.have.length(2);
    await world.settle(2_000);
    expect(world.running().filter((entry) => entry.includes('slow'))).to.have.length(3);
  });

  it('keeps its task of a global service', async () => {
    const world = await World.create();
    await world.apply(service('agent', { mode: 'global' }));
    await world.settle();
    world.hosts.off('h3');
    await world.settle(60_000);
    expect(world.tasks('agent').map((task) => task.status?.state)).to.deep.equal(['Running', 'Running', 'Unknown']);
    world.hosts.on('h3');
    await world.settle();
    expect(world.running()).to.have.length(3);
  });

  it('gets no task of a global service by an update while it is lost; back, it has the one of the new spec (conformance C027)', async () => {
    const world = await World.create();
    await world.apply(service('agent', { mode: 'global' }));
    await world.settle();
    world.hosts.off('h3');
    await world.settle(60_000);
    const before = world.mutations().filter((call) => call.startsWith('h3 ')).length;
    await world.apply(service('agent', { mode: 'global', image: IMAGE_2 }));
    await world.settle(60_000);
    const images = (): string[] => world.containers('running').map(({ node: name, container }) => `${name} ${container.config.Image}`);
    expect(images()).to.deep.equal([`h1 ${IMAGE_2}`, `h2 ${IMAGE_2}`]);
    expect(world.mutations().filter((call) => call.startsWith('h3 ')).length).to.equal(before);
    world.hosts.on('h3');
    await world.settle(60_000);
    expect(images()).to.deep.equal([`h1 ${IMAGE_2}`, `h2 ${IMAGE_2}`, `h3 ${IMAGE_2}`]);
    expect(world.containers()).to.have.length(3);
  });

  it('that is removed takes its task of a global service with it (conformance C024)', async () => {
    const world = await World.create();
    await world.apply(service('agent', { mode: 'global' }));
    await world.settle();
    await world.delete('Node', 'h3');
    await world.settle();
    expect(world.tasks('agent').map(({ spec }) => spec.node)).to.deep.equal(['h1', 'h2']);
    expect(world.service('agent').status).to.include({ state: 'Ready', summary: '2/2' });
    await world.expectQuiet();
  });

  it('that gives no sign of life is Down after three periods of 5 s, and Ready only once all of it was read again (conformance C040)', async () => {
    const world = await converged();
    world.hosts.silence('h2');
    await world.settle(14_900);
    expect(nodeStatus(world, 'h2').state).to.equal('Unknown');
    await world.settle(200);
    expect(nodeStatus(world, 'h2').state).to.equal('Down');
    const lists = world.hosts.engine('h2').calls.filter((call) => call.op === 'listContainers').length;
    world.hosts.mend('h2');
    await world.settle();
    expect(nodeStatus(world, 'h2').state).to.equal('Ready');
    expect(world.hosts.engine('h2').calls.filter((call) => call.op === 'listContainers').length).to.be.greaterThan(lists);
  });

  it('keeps its tasks where no other node can take them, and says why', async () => {
    const world = await World.create();
    await world.apply(node('h2', {}, { disk: 'ssd' }));
    await world.apply(service('web', { replicas: 1, placement: { constraints: ['node.labels.disk==ssd'], maxReplicasPerNode: 0 } }));
    await world.settle();
    world.hosts.cut('h2');
    await world.settle(60_000);
    expect(world.tasks('web').map((task) => task.status?.state)).to.deep.equal(['Unknown']);
    expect(world.service('web').status?.message).to.contain('no suitable node');
    world.hosts.mend('h2');
    await world.settle();
    expect(world.service('web').status?.state).to.equal('Ready');
    expect(world.mutations().filter((call) => call.endsWith('createContainer'))).to.have.length(1);
  });

  it('that comes back with an empty disk has nothing to give back (fault 71)', async () => {
    const world = await converged();
    world.hosts.off('h2');
    await world.settle(20_000);
    for (const id of [...world.hosts.engine('h2').containers.keys()]) world.hosts.engine('h2').containers.delete(id);
    world.hosts.on('h2');
    await world.settle();
    expect(world.tasks('web').map((task) => task.status?.state)).to.deep.equal(['Running', 'Running', 'Running']);
    expect(world.running()).to.have.length(3);
    await world.settle(60_000);
    await world.expectQuiet();
  });

  it('whose key changed is left alone for ever: a person must act', async () => {
    const world = await converged();
    world.hosts.untrusted('h3');
    await world.settle(600_000);
    expect(nodeStatus(world, 'h3').state).to.equal('Untrusted');
    expect(world.running()).to.have.length(3);
    expect(world.tasks('web').filter((task) => task.status?.state === 'Unknown')).to.have.length(1);
  });

  it('is not waited for from the beginning when the controller is started again on the way (conformance C012)', async () => {
    const world = await converged();
    world.hosts.off('h2');
    await world.settle(8_000);
    await world.stopController();
    world.startController();
    await world.settle(4_000);
    expect(world.running()).to.have.length(3);
    expect(slots(world)).to.deep.equal(['1', '2', '2', '3']);
  });

  it('is replaced once when the controller is killed in the middle of it, at any moment', async () => {
    for (const killAt of [15_000, 15_005, 15_010, 15_020, 15_050, 15_120, 15_200]) {
      const world = await converged(6, { engine: { latency: { create: 20, start: 100, stop: 20, remove: 20 } } });
      world.hosts.cut('h2');
      await world.settle(killAt);
      await world.stopController();
      world.startController();
      await world.settle(30_000);
      expect(
        world.running().filter((entry) => !entry.startsWith('h2/')),
        `killed at ${killAt}`,
      ).to.have.length(6);
      world.hosts.mend('h2');
      await world.settle(60_000);
      expect(world.containers(), `killed at ${killAt}`).to.have.length(6);
      expect(slots(world)).to.deep.equal(['1', '2', '3', '4', '5', '6']);
    }
  });

  it('is not given up early when the wall clock jumps by an hour (fault 60)', async () => {
    for (const jump of [3_600_000, -3_600_000]) {
      const world = await converged();
      world.hosts.cut('h2');
      await world.settle(5_000);
      world.clock.setWall(jump);
      await world.settle(9_900);
      expect(world.running()).to.have.length(3);
      await world.settle(1_000);
      expect(world.running()).to.have.length(4);
    }
  });
});

describe('the brake on evictions', () => {
  for (const cut of [
    ['h1', 'h2'],
    ['h1', 'h2', 'h3'],
  ]) {
    it(`moves nothing when ${cut.length} of 3 nodes are cut off at once, says so, and goes on when they are back (fault 69, invariant 4)`, async () => {
      const blocked: string[] = [];
      const metrics = {
        ...noMetrics,
        count: (name: string, labels: Readonly<Record<string, string>> = {}): void => {
          if (name === 'dswarm_evictions_blocked_total') blocked.push(labels['reason'] ?? '');
        },
      };
      const world = await converged(6, { metrics });
      const before = world.running();
      const mutations = world.mutations().length;
      for (const name of cut) world.hosts.cut(name);
      await world.settle(600_000);
      expect(world.mutations()).to.have.length(mutations);
      expect(world.tasks('web').filter((task) => task.status?.state === 'Orphaned')).to.deep.equal([]);
      expect(blocked[0]).to.equal('most-nodes-unreachable');
      expect(world.told.filter((event) => event.reason === 'EvictionBlocked')).to.have.length(1);
      for (const name of cut) {
        world.hosts.mend(name);
        await world.settle(3_000);
      }
      await world.settle(60_000);
      expect(world.running()).to.deep.equal(before);
      expect(world.mutations()).to.have.length(mutations);
    });
  }

  it('is told of again when it holds a second time, in the same words too', async () => {
    const world = await converged();
    const told = (): string[] => world.told.filter((event) => event.reason === 'EvictionBlocked').map(({ message }) => message);
    for (const name of ['h1', 'h2']) world.hosts.cut(name);
    await world.settle(60_000);
    expect(told()).to.have.length(1);
    for (const suspend of [true, false]) {
      await world.apply(service('web', { replicas: 3, suspend }));
      await world.settle(1_000);
    }
    expect(told()).to.deep.equal([told()[0], told()[0]]);
  });

  for (const after of [1_000, 5_000, 15_000]) {
    it(`holds when all hosts fall silent, though each is noticed at another time and after is ${after / 1_000} s (fault 69)`, async () => {
      const world = await World.create();
      await world.apply(service('web', { replicas: 6, failover: { after: `${after / 1_000}s` } }));
      await world.settle();
      for (const name of ['h2', 'h1', 'h3']) {
        world.hosts.silence(name);
        await world.settle(700);
      }
      const mutations = world.mutations().length;
      await world.settle(60_000);
      expect(world.mutations()).to.have.length(mutations);
      expect(world.tasks('web').filter((task) => task.status?.state === 'Orphaned')).to.deep.equal([]);
    });
  }

  it('gives way to what is left of an outage once the others have been back for a while', async () => {
    const world = await converged(6);
    for (const name of ['h1', 'h2']) world.hosts.cut(name);
    await world.settle(60_000);
    world.hosts.mend('h1');
    await world.settle(14_000);
    expect(world.running()).to.have.length(6);
    await world.settle(3_000);
    expect(world.running()).to.have.length(8);
  });

  it('moves a large service in portions, each once the one before is ready', async () => {
    const world = await World.create({ engine: { latency: { start: 500 } } });
    await world.apply(service('web', { replicas: 45, image: IMAGE }));
    await world.settle(30_000);
    world.hosts.off('h2');
    await world.settle(15_100);
    expect(world.tasks('web').filter((task) => task.status?.state === 'Orphaned')).to.have.length(10);
    await world.settle(20_000);
    expect(world.running()).to.have.length(45);
  });
});

describe('a flapping host', () => {
  it('costs at most one move, however often it goes and comes (fault 70)', async () => {
    const world = await World.create();
    await world.apply(service('web', { replicas: 6, failover: { after: '5s' } }));
    await world.settle();
    const creates = (): number => world.mutations().filter((call) => call.endsWith('createContainer')).length;
    const before = creates();
    for (let flap = 0; flap < 30; flap += 1) {
      world.hosts.cut('h2');
      await world.settle(10_000);
      world.hosts.mend('h2');
      await world.settle(10_000);
    }
    expect(creates() - before).to.equal(2);
    expect(world.running()).to.have.length(6);
  });

  it('gets new tasks again once it was Ready for 30 s', async () => {
    const world = await converged();
    world.hosts.cut('h2');
    await world.settle(20_000);
    world.hosts.mend('h2');
    await world.settle(1_000);
    expect(nodeStatus(world, 'h2').failover).to.equal('Settling');
    await world.apply(service('web', { replicas: 5 }));
    await world.settle(20_000);
    expect(on(world, 'h2')).to.have.length(0);
    await world.apply(service('new', { replicas: 1, placement: { constraints: ['node.hostname==h2'], maxReplicasPerNode: 0 } }));
    await world.settle(5_000);
    expect(world.service('new').status?.state).to.equal('Pending');
    await world.settle(10_000);
    expect(nodeStatus(world, 'h2').failover).to.equal(undefined);
    expect(world.service('new').status?.state).to.equal('Ready');
  });
});
