import { expect } from 'chai';
import type { ServiceSpec } from '../../lib/types/generated.ts';
import type { StoredNode } from '../../lib/types/objects.ts';
import { IMAGE, node, service, World } from './harness.ts';
import { sample } from './sampling.ts';

const NETWORK = 'dswarm_default_default';
const LATENCY = { create: 20, start: 100, stop: 2_000, remove: 20 };

const reached = (name: string): StoredNode => node(name, { address: `10.77.0.${10 + Number(name.slice(1))}` });

function partOf(world: World, name: string): string | undefined {
  const network = world.store.snapshot().get({ kind: 'Network', namespace: 'default', name: 'default' });
  return network?.status?.nodes?.find((part) => part.node === name)?.subnet;
}

async function enginePart(world: World, name: string): Promise<string | undefined> {
  return (await world.hosts.engine(name).inspectNetwork(NETWORK))?.range;
}

function networkReady(world: World): Record<string, string | undefined> {
  const nodes = world.store.snapshot().list('Node');
  return Object.fromEntries(
    nodes.map(({ metadata, status }) => [metadata.name, status?.conditions?.find(({ type }) => type === 'NetworkReady')?.status]),
  );
}

/** Every running container has an address of its node's part. */
function expectAtHome(world: World): void {
  for (const { node: on, container } of world.containers('running')) {
    const prefix = partOf(world, on)?.replace(/\.0\/24$/, '.');
    expect(container.networks[NETWORK]?.address, `${on}/${container.name}`).to.satisfy((address: string) =>
      address.startsWith(`${prefix ?? ''}`),
    );
  }
}

/** Removes a node by force while its containers run, gives what it had of the network to another node, and adds it again. */
async function leaveAndReturn(world: World, name: string, taker: string): Promise<void> {
  const before = partOf(world, name);
  await world.delete('Node', name);
  await world.settle();
  world.hosts.add(taker, { images: [IMAGE], latency: LATENCY });
  await world.apply(reached(taker));
  await world.settle();
  expect(partOf(world, taker)).to.equal(before);
  await world.apply(reached(name));
}

/** The same for a controller that finds it so when it starts: as after a store was restored. */
async function givenAnotherPart(world: World, name: string): Promise<void> {
  await world.stopController();
  const network = world.store.snapshot().get({ kind: 'Network', namespace: 'default', name: 'default' });
  if (network === undefined) throw new Error('no network');
  const nodes = network.status?.nodes?.map((part) =>
    part.node === name ? { node: name, subnet: '10.210.77.0/24', gateway: '10.210.77.1' } : part,
  );
  await world.store.commit([{ put: { ...network, status: { ...network.status, ...(nodes === undefined ? {} : { nodes }) } } }]);
  world.startController();
}

async function started(services: Record<string, Partial<ServiceSpec>>, nodes = 3): Promise<World> {
  const world = await World.create({ nodes, dataPlane: true, engine: { latency: LATENCY } });
  for (const [name, spec] of Object.entries(services)) await world.apply(service(name, spec));
  await world.settle(20_000);
  expectAtHome(world);
  return world;
}

describe('tasks on a node that was added again with another part of the network', () => {
  it('are replaced where they are if they belong there, once all of them have gone; the engine has its network anew', async () => {
    const world = await started({ web: { mode: 'global' }, agent: { mode: 'global' } });
    const others = world.running().filter((entry) => !entry.startsWith('h2/'));
    const ids = (): string[] =>
      world.containers('running').flatMap(({ node: on, container }) => (on === 'h1' || on === 'h3' ? [container.id] : []));
    const before = ids();
    const old = await enginePart(world, 'h2');
    await leaveAndReturn(world, 'h2', 'h4');
    const told = world.told.length;
    await world.settle(15_000);
    expect(partOf(world, 'h2')).to.not.equal(old);
    expect(await enginePart(world, 'h2')).to.equal(partOf(world, 'h2'));
    expect(world.running()).to.include.members(others).and.to.have.length(8);
    expectAtHome(world);
    expect(ids()).to.have.members(before);
    expect(networkReady(world)).to.deep.equal({ h1: 'True', h2: 'True', h3: 'True', h4: 'True' });
    expect(world.service('web').status?.state).to.equal('Ready');
    expect(world.told.slice(told).filter(({ type, reason }) => type === 'Warning' && reason !== 'NotCurrent')).to.deep.equal([]);
    await world.expectQuiet();
  });

  it('are replaced elsewhere first, one at a time, where another node takes them; then the engine gives the network up', async () => {
    const world = await started({ web: { replicas: 6 } });
    await givenAnotherPart(world, 'h2');
    const seen = sample(world);
    await world.settle(60_000);
    seen.stop();
    expect({ least: seen.least, most: seen.most }).to.deep.equal({ least: 6, most: 7 });
    expect(world.running().filter((entry) => entry.startsWith('h2/'))).to.deep.equal([]);
    expect(await enginePart(world, 'h2')).to.equal(undefined);
    expectAtHome(world);
    expect(networkReady(world)).to.deep.equal({ h1: 'True', h2: 'True', h3: 'True' });
    await world.apply(service('web', { replicas: 8 }));
    await world.settle(10_000);
    expect(world.running().filter((entry) => entry.startsWith('h2/'))).to.have.length(2);
    expectAtHome(world);
    await world.expectQuiet();
  });

  it('hold up no new task that another node takes, and one that belongs there waits for them and says so', async () => {
    const world = await started({ web: { mode: 'global', placement: { constraints: ['node.hostname==h2'], maxReplicasPerNode: 0 } } });
    await givenAnotherPart(world, 'h2');
    await world.settle(1_000);
    await world.apply(service('api', { replicas: 2 }));
    await world.apply(service('agent', { mode: 'global' }));
    await world.settle(500);
    expect(world.service('agent').status?.message).to.match(/the network of node h2 is made anew once nothing runs in it: web\.h2\./);
    await world.settle(15_000);
    expect(
      world
        .tasks('api')
        .map(({ spec }) => spec.node)
        .sort(),
    ).to.deep.equal(['h1', 'h3']);
    expect(world.running()).to.have.length(6);
    expectAtHome(world);
    await world.expectQuiet();
  });

  it('have their slot again where their data is', async () => {
    const world = await started({ db: { volumes: [{ type: 'volume', source: 'data', target: '/data', readOnly: false }] } });
    const on = world.tasks('db')[0]?.spec.node ?? '';
    await givenAnotherPart(world, on);
    await world.settle(15_000);
    expect(world.tasks('db').map(({ spec, status }) => `${spec.node} ${status?.state ?? ''}`)).to.deep.equal([`${on} Running`]);
    expectAtHome(world);
    await world.expectQuiet();
  });

  it('make way in an update, whatever its order', async () => {
    const update = { ...service('x').spec.update, order: 'start-first' } as const;
    const world = await started({ web: { replicas: 2, update } }, 1);
    await givenAnotherPart(world, 'h1');
    await world.apply(service('web', { replicas: 2, update, env: { VERSION: '2' } }));
    await world.settle(60_000);
    expect(world.running()).to.have.length(2);
    expect(world.service('web').status).to.include({ state: 'Ready', updated: 2 });
    expectAtHome(world);
    await world.expectQuiet();
  });

  it('of a job run again, and never twice at a time', async () => {
    const world = await started({ work: { mode: 'replicated-job', replicas: 2, restart: { condition: 'on-failure' } } }, 2);
    await givenAnotherPart(world, 'h2');
    await world.settle(15_000);
    expect(world.running()).to.have.length(2);
    expectAtHome(world);
    await world.expectQuiet();
  });

  it('stay while a container that is not ours holds the network, and it says so', async () => {
    const world = await started({ web: { mode: 'global', placement: { constraints: ['node.hostname==h2'], maxReplicasPerNode: 0 } } });
    const engine = world.hosts.engine('h2');
    const turned = async <T>(call: Promise<T>): Promise<T> => (await world.settle(), call);
    const { id } = await turned(
      engine.createContainer('theirs', {
        Image: IMAGE,
        Labels: {},
        HostConfig: { RestartPolicy: { Name: 'no' }, NetworkMode: NETWORK },
      }),
    );
    await turned(engine.startContainer(id));
    await givenAnotherPart(world, 'h2');
    await world.settle(8_000);
    expect(world.service('web').status?.message).to.match(
      /network dswarm_default_default has the gateway 10\.210\.\d+\.1 there and is to have 10\.210\.77\.1 of 10\.210\.77\.0\/24/,
    );
    await turned(engine.stopContainer(id, 0));
    await world.settle(70_000);
    expect(world.running()).to.have.length(1);
    expectAtHome(world);
  });
});
