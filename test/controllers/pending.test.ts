import { expect } from 'chai';
import type { ServiceSpec } from '../../lib/types/generated.ts';
import { node, service, World } from './harness.ts';

const GIB = 1024 ** 3;
/** More than half of what a host in memory has. */
const memory = (gib: number): Partial<ServiceSpec> => ({ resources: { reservations: { memory: gib * GIB } } });
const on = (host: string): Pick<ServiceSpec, 'placement'> => ({
  placement: { constraints: [`node.hostname==${host}`], maxReplicasPerNode: 0 },
});
const bound = { ports: [{ target: 80, published: 8080, protocol: 'tcp' as const, mode: 'host' as const }] };

/** Names of the services that have had a pass since it was asked last. */
function countPasses(world: World): () => string[] {
  const { operations } = world.manager ?? {};
  if (operations === undefined) throw new Error('no controller');
  let passes: string[] = [];
  const held = operations.held.bind(operations);
  // Each pass asks for these once.
  operations.held = (owner, specHash) => {
    passes.push(owner.slice(owner.lastIndexOf('/') + 1));
    return held(owner, specHash);
  };
  return () => {
    const seen = [...new Set(passes)].sort();
    passes = [];
    return seen;
  };
}

/** h1 is full of memory, h2 has its port 8080 taken; `late` waits. */
async function waiting(late: Partial<ServiceSpec>): Promise<{ world: World; passes: () => string[] }> {
  const world = await World.create({ nodes: 2 });
  await world.apply(service('full', { ...memory(3), ...on('h1') }));
  await world.apply(service('web', { ...bound, ...on('h2') }));
  await world.apply(service('small', { replicas: 2, placement: { constraints: [], maxReplicasPerNode: 1 } }));
  await world.settle();
  await world.apply(service('late', late));
  await world.settle();
  expect(world.service('late').status?.state).to.equal('Pending');
  const passes = countPasses(world);
  return { world, passes };
}

const isReady = (world: World): boolean => world.service('late').status?.state === 'Ready';

describe('a task that no node can take', () => {
  it('is not tried again when something else ends', async () => {
    const { world, passes } = await waiting({ ...memory(2), ...on('h1') });
    await world.delete('Service', 'small', 'default');
    await world.delete('Service', 'web', 'default');
    await world.settle();
    expect(passes()).to.deep.equal(['small', 'web']);
    await world.delete('Service', 'full', 'default');
    await world.settle();
    expect([passes(), isReady(world)]).to.deep.equal([['full', 'late'], true]);
  });

  it('is not tried again while what it waits for is still too little', async () => {
    const { world, passes } = await waiting({ ...memory(4), ...on('h1') });
    await world.apply(service('more', { ...memory(1), ...on('h1') }));
    await world.settle();
    passes();
    await world.delete('Service', 'more', 'default');
    await world.settle();
    expect(passes()).to.deep.equal(['more']);
    await world.delete('Service', 'full', 'default');
    await world.settle();
    expect([passes(), isReady(world)]).to.deep.equal([['full', 'late'], true]);
  });

  it('is tried again when the host port is free', async () => {
    const { world, passes } = await waiting({ ...bound, ...on('h2') });
    await world.delete('Service', 'full', 'default');
    await world.settle();
    expect(passes()).to.deep.equal(['full']);
    await world.delete('Service', 'web', 'default');
    await world.settle();
    expect([passes(), isReady(world)]).to.deep.equal([['late', 'web'], true]);
  });

  it('is tried again when a task of its own makes room under maxReplicasPerNode', async () => {
    const placement = { constraints: ['node.hostname==h2'], maxReplicasPerNode: 1 };
    const { world } = await waiting({ replicas: 2, placement });
    await world.apply(service('late', { replicas: 1, placement }));
    await world.settle();
    expect([isReady(world), world.tasks('late').length]).to.deep.equal([true, 1]);
  });

  const nodes: [string, (world: World) => Promise<void>][] = [
    ['a node gets the label', (world) => world.apply(node('h2', {}, { disk: 'ssd' }))],
    ['a node that has the label comes', (world) => world.apply(node('h3', {}, { disk: 'ssd' }))],
  ];
  for (const [title, change] of nodes)
    it(`is tried again when ${title}`, async () => {
      const { world } = await waiting({ placement: { constraints: ['node.labels.disk==ssd'], maxReplicasPerNode: 0 } });
      world.hosts.add('h3', { images: [service('x').spec.image] });
      await change(world);
      await world.settle();
      expect(isReady(world)).to.equal(true);
    });

  it('is tried again when the node is active, or can be reached', async () => {
    const { world } = await waiting({ placement: { constraints: ['node.labels.disk==ssd'], maxReplicasPerNode: 0 } });
    world.hosts.add('h3', { images: [service('x').spec.image] });
    world.hosts.cut('h3');
    await world.apply(node('h3', { availability: 'pause' }, { disk: 'ssd' }));
    await world.settle();
    expect(isReady(world)).to.equal(false);
    world.hosts.mend('h3');
    await world.settle();
    expect(world.service('late').status?.refusals?.find((refusal) => refusal.node === 'h3')?.reason).to.equal('availability is pause');
    await world.apply(node('h3', {}, { disk: 'ssd' }));
    await world.settle();
    expect(isReady(world)).to.equal(true);
  });

  it('is tried again when its node has more memory', async () => {
    const { world } = await waiting({ ...memory(8), ...on('h2') });
    world.hosts.engine('h2').reconfigure({ memory: 16 * GIB });
    await world.settle();
    expect(isReady(world)).to.equal(true);
  });

  it('that replaces one of its own is tried again when there is room for the rest', async () => {
    const { world, passes } = await waiting({ ...memory(1), ...on('h1'), replicas: 2 });
    await world.apply(service('late', { ...memory(3.5), ...on('h1'), replicas: 1 }));
    await world.settle();
    passes();
    expect(world.service('late').status?.refusals).to.have.length(2);
    await world.delete('Service', 'small', 'default');
    await world.settle();
    expect(passes()).to.deep.equal(['small']);
    await world.delete('Service', 'full', 'default');
    await world.settle();
    expect([passes(), isReady(world)]).to.deep.equal([['full', 'late'], true]);
  });

  it('of a global service is tried again when its own node has room', async () => {
    const { world, passes } = await waiting({ mode: 'global', ...memory(2) });
    await world.delete('Service', 'web', 'default');
    await world.settle();
    expect(passes()).to.deep.equal(['web']);
    await world.delete('Service', 'full', 'default');
    await world.settle();
    expect([passes(), isReady(world)]).to.deep.equal([['full', 'late'], true]);
  });
});
