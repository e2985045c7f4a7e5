import { expect } from 'chai';
import { node, service, World } from './harness.ts';

async function converged(replicas = 3): Promise<World> {
  const world = await World.create();
  await world.apply(service('web', { replicas }));
  await world.settle();
  return world;
}

describe('nodes', () => {
  it('leaves the tasks of an unreachable node alone for failover.after, and shows them as Unknown (invariant 4)', async () => {
    const world = await converged();
    const before = world.running();
    const mutations = world.mutations().length;
    world.hosts.cut('h2');
    await world.settle(14_900);
    expect(world.store.snapshot().get({ kind: 'Node', name: 'h2' })?.status?.state).to.equal('Unknown');
    expect(
      world
        .tasks('web')
        .filter((task) => task.spec.node === 'h2')
        .map((task) => task.status?.state),
    ).to.deep.equal(['Unknown']);
    expect(world.service('web').status).to.include({ state: 'Unknown', summary: '2/3', unknown: 1 });
    world.hosts.mend('h2');
    await world.settle();
    expect(world.tasks('web').map((task) => task.status?.state)).to.deep.equal(['Running', 'Running', 'Running']);
    expect(world.running()).to.deep.equal(before);
    expect(world.mutations()).to.have.length(mutations);
  });

  it('goes on with the other nodes while one is cut off (invariant 15)', async () => {
    const world = await converged();
    world.hosts.cut('h2');
    await world.settle();
    await world.apply(service('web', { replicas: 5 }));
    await world.settle();
    expect(world.running()).to.have.length(5);
    const healed = world.containers('running').find((entry) => entry.node === 'h1');
    world.hosts.engine('h1').kill(healed?.container.id ?? '');
    await world.settle(4_000);
    expect(world.running()).to.have.length(5);
  });

  it('stops all traffic to a host whose key changed', async () => {
    const world = await converged();
    world.hosts.untrusted('h3');
    const calls = world.hosts.engine('h3').calls.length;
    await world.settle(120_000);
    expect(world.store.snapshot().get({ kind: 'Node', name: 'h3' })?.status?.state).to.equal('Untrusted');
    expect(world.hosts.engine('h3').calls).to.have.length(calls);
  });

  it('acts on nothing it has not just read: a host that comes up empty at the start loses no task elsewhere (invariant 5)', async () => {
    const world = await converged();
    await world.stopController();
    world.hosts.cut('h1');
    const mutations = world.mutations().length;
    world.startController();
    await world.settle(14_000);
    expect(world.mutations()).to.have.length(mutations);
    expect(world.tasks('web').filter((task) => task.status?.state === 'Unknown')).to.have.length(1);
  });

  it('runs one task of a global service on every node, also on one that comes later (conformance C023)', async () => {
    const world = await World.create();
    await world.apply(service('agent', { mode: 'global' }));
    await world.settle();
    expect(world.running().map((name) => name.slice(0, 2))).to.deep.equal(['h1', 'h2', 'h3']);
    world.hosts.add('h4', { images: ['registry.test/hello:1'] });
    await world.apply(node('h4'));
    await world.settle();
    expect(world.running().map((name) => name.slice(0, 2))).to.deep.equal(['h1', 'h2', 'h3', 'h4']);
    expect(world.service('agent').status?.summary).to.equal('4/4');
  });

  it('gives a paused node nothing new and takes nothing from it (conformance C021)', async () => {
    const world = await converged();
    await world.apply(node('h1', { availability: 'pause' }));
    await world.apply(service('web', { replicas: 7 }));
    await world.settle();
    const counts = ['h1', 'h2', 'h3'].map((name) => world.running().filter((entry) => entry.startsWith(name)).length);
    expect(counts).to.deep.equal([1, 3, 3]);
  });

  it('leaves the containers of a removed node running, says so, and fills their slots elsewhere (fault 98)', async () => {
    const world = await converged();
    await world.delete('Node', 'h3');
    await world.settle();
    expect(world.running()).to.have.length(4);
    expect(
      world
        .tasks('web')
        .map((task) => task.spec.node)
        .sort(),
    ).to.not.include('h3');
    expect(world.told.find((event) => event.reason === 'ContainersLeft')?.message).to.contain('default_web.');
    await world.expectQuiet();
  });

  it('begins nothing for what belongs to a removed node, and takes it over as it is when that is added again', async () => {
    const world = await World.create({ nodes: 3 });
    await world.apply(service('web', { mode: 'global' }));
    await world.settle();
    const ids = (): string[] => world.containers('running').map(({ container }) => container.id);
    const before = ids();
    await world.delete('Node', 'h2');
    await world.settle();
    expect(world.tasks('web')).to.have.length(2);
    await world.apply(node('h2'));
    await world.settle();
    expect(world.tasks('web')).to.have.length(3);
    expect(ids()).to.have.members(before);
    expect(world.told.filter(({ reason }) => reason === 'StepFailed' || reason === 'TaskRemoved')).to.deep.equal([]);
  });

  it('refuses two nodes that lead to one engine: a host and its clone, or one host twice (fault 71)', async () => {
    const world = await World.create({ nodes: 2, engine: { info: { id: 'same' } } });
    await world.apply(service('agent', { mode: 'global' }));
    await world.settle();
    expect(world.store.snapshot().get({ kind: 'Node', name: 'h2' })?.status?.message).to.contain('same engine as node h1');
    expect(world.running()).to.have.length(1);
  });
});

describe('what is not ours', () => {
  it('is never touched: a foreign container with the name a task needs is a NameConflict (invariant 6)', async () => {
    const world = await World.create({ nodes: 1 });
    await world.apply(service('web'));
    await world.settle();
    const [ours] = world.containers();
    const engine = world.hosts.engine('h1');
    await engine.removeContainer(ours?.container.id ?? '', { force: true });
    const foreign = await engine.createContainer(ours?.container.name ?? '', {
      Image: 'registry.test/hello:1',
      Labels: {},
      HostConfig: { RestartPolicy: { Name: 'no' } },
    });
    await world.settle(30_000);
    expect(engine.containers.get(foreign.id)?.state).to.equal('created');
    expect(world.service('web').status?.message).to.contain('is taken by a container that is not this task');
    await engine.removeContainer(foreign.id, { force: true });
    await world.settle(90_000);
    expect(world.service('web').status?.state).to.equal('Ready');
  });

  it('is left alone where its labels name another cluster, or no service we ever knew', async () => {
    const world = await World.create({ nodes: 1 });
    const engine = world.hosts.engine('h1');
    const labels = (cluster: string): Record<string, string> => ({
      'dswarm/managed': 'true',
      'dswarm/cluster': cluster,
      'dswarm/namespace': 'default',
      'dswarm/service': 'web',
      'dswarm/slot': '9',
      'dswarm/task': 'web.9.x',
      'dswarm/spec-hash': 'v1:00',
    });
    const other = await engine.createContainer('other', {
      Image: 'registry.test/hello:1',
      Labels: labels('other'),
      HostConfig: { RestartPolicy: { Name: 'no' } },
    });
    const orphan = await engine.createContainer('orphan', {
      Image: 'registry.test/hello:1',
      Labels: { ...labels('default'), 'dswarm/service': 'gone' },
      HostConfig: { RestartPolicy: { Name: 'no' } },
    });
    await engine.startContainer(orphan.id);
    await world.apply(service('web'));
    await world.settle(90_000);
    expect(engine.containers.has(other.id)).to.equal(true);
    expect(engine.containers.get(orphan.id)?.state).to.equal('running');
    expect(world.running()).to.have.length(2);
  });
});
