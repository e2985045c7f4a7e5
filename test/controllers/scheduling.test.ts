import { expect } from 'chai';
import type { ServiceSpec } from '../../lib/types/generated.ts';
import { IMAGE, IMAGE_2, node, service, World } from './harness.ts';

const GIB = 1024 ** 3;
const memory = (gib: number): Partial<ServiceSpec> => ({ resources: { reservations: { memory: gib * GIB } } });
const atMost = (maxReplicasPerNode: number): Partial<ServiceSpec> => ({ placement: { constraints: [], maxReplicasPerNode } });
const nodesOf = (world: World, name: string): string[] =>
  world
    .tasks(name)
    .map((task) => task.spec.node)
    .sort();
const refusal = (world: World, name: string): string | undefined =>
  world.service(name).status?.message?.match(/no suitable node \(.*\)/)?.[0];

async function join(world: World, name: string, changes: Partial<Parameters<typeof node>[1]> = {}): Promise<void> {
  world.hosts.add(name, { images: [IMAGE, IMAGE_2] });
  await world.apply(node(name, changes));
  await world.settle();
}

describe('new tasks', () => {
  it('go to the ready node with the fewest, wherever nodes and tasks come and go (conformance C121)', async () => {
    const world = await World.create({ nodes: 3 });
    world.hosts.cut('h3');
    await world.settle();
    await world.apply(service('a', { replicas: 3 }));
    await world.settle();
    expect(nodesOf(world, 'a')).to.deep.equal(['h1', 'h1', 'h2']);
    await world.apply(service('b'));
    await world.settle();
    expect(nodesOf(world, 'b')).to.deep.equal(['h2']);
    // A task that goes makes its node the preferred one.
    await world.delete('Service', 'b', 'default');
    await world.settle();
    await world.apply(service('c'));
    await world.settle();
    expect(nodesOf(world, 'c')).to.deep.equal(['h2']);
    // A node that becomes ready is used, one that is not ready again and one that was removed are not.
    world.hosts.mend('h3');
    await world.settle();
    await world.apply(service('d'));
    await world.settle();
    expect(nodesOf(world, 'd')).to.deep.equal(['h3']);
    world.hosts.cut('h3');
    await world.settle();
    await world.apply(service('e'));
    await world.settle();
    expect(nodesOf(world, 'e')).to.not.include('h3');
    await world.delete('Node', 'h2');
    await world.settle();
    await world.apply(service('f', { replicas: 2 }));
    await world.settle();
    expect(nodesOf(world, 'f')).to.deep.equal(['h1', 'h1']);
  });

  it('that reserve more than any node has are placed when one joins that has it (conformance C129)', async () => {
    const world = await World.create({ nodes: 3 });
    await world.apply(node('h1', { availability: 'pause' }));
    await world.apply(node('h2', { availability: 'drain' }));
    await world.settle();
    await world.apply(service('big', memory(8)));
    await world.settle();
    expect(refusal(world, 'big')).to.equal('no suitable node (2 nodes not available for new tasks; insufficient resources on 1 node)');
    world.hosts.add('h4', { images: [IMAGE], info: { memory: 16 * GIB } });
    await world.apply(node('h4'));
    await world.settle();
    expect(nodesOf(world, 'big')).to.deep.equal(['h4']);
  });

  it('stay within maxReplicasPerNode, until another node joins (conformance C139)', async () => {
    const world = await World.create({ nodes: 2 });
    await world.apply(service('web', { replicas: 3, ...atMost(1) }));
    await world.settle();
    expect(refusal(world, 'web')).to.equal('no suitable node (max replicas per node limit exceed)');
    await join(world, 'h3');
    expect(nodesOf(world, 'web')).to.deep.equal(['h1', 'h2', 'h3']);
    await world.apply(service('picky', { placement: { constraints: ['node.labels.disk==ssd'], maxReplicasPerNode: 0 } }));
    await world.settle();
    expect(refusal(world, 'picky')).to.equal('no suitable node (scheduling constraints not satisfied on 3 nodes)');
  });

  it('go where the log driver is, whatever is mounted (conformance C137)', async () => {
    const world = await World.create({ nodes: 2 });
    const volumes = [{ type: 'bind' as const, source: '/srv', target: '/srv', readOnly: false }];
    const withDriver = (driver: string): Partial<ServiceSpec> => ({ logging: { driver }, volumes });
    await world.apply(service('none', withDriver('none')));
    await world.apply(service('loki', withDriver('loki')));
    await world.settle();
    expect(nodesOf(world, 'none')).to.deep.equal(['h1']);
    expect(refusal(world, 'loki')).to.equal('no suitable node (missing plugin on 2 nodes)');
    expect(world.service('loki').status?.refusals?.[0]).to.deep.equal({ node: 'h1', reason: 'has no log driver loki' });
    world.hosts.engine('h2').reconfigure({ logDrivers: ['json-file', 'loki'] });
    await world.settle();
    expect(nodesOf(world, 'loki')).to.deep.equal(['h2']);
  });
});

describe('a task that cannot be placed', () => {
  it('is forgotten with its service (conformance C133)', async () => {
    const world = await World.create({ nodes: 1 });
    await world.apply(service('late', memory(8)));
    await world.settle();
    await world.delete('Service', 'late', 'default');
    await world.settle();
    world.hosts.engine('h1').reconfigure({ memory: 16 * GIB });
    await world.settle();
    expect([world.tasks('late'), world.containers()]).to.deep.equal([[], []]);
    await world.expectQuiet();
  });

  it('is not placed once it is no longer wanted (conformance C135)', async () => {
    const world = await World.create({ nodes: 1 });
    await world.apply(service('late', { replicas: 3, ...memory(3) }));
    await world.settle();
    expect(nodesOf(world, 'late')).to.deep.equal(['h1']);
    await world.apply(service('late', { replicas: 1, ...memory(3) }));
    await world.settle();
    world.hosts.engine('h1').reconfigure({ memory: 16 * GIB });
    await world.settle();
    expect(nodesOf(world, 'late')).to.deep.equal(['h1']);
    expect(world.service('late').status?.state).to.equal('Ready');
    await world.expectQuiet();
  });

  it('gives way to that of a newer spec: what waited is never started as it was (conformance C136)', async () => {
    const world = await World.create({ nodes: 1 });
    await world.apply(service('web', { replicas: 2, ...atMost(1) }));
    await world.settle();
    expect(world.service('web').status?.state).to.equal('Pending');
    await world.apply(service('web', { replicas: 2, image: IMAGE_2, ...atMost(1) }));
    await world.settle(15_000);
    expect(world.tasks('web').map((task) => task.spec.image)).to.deep.equal([IMAGE_2]);
    await join(world, 'h2');
    expect(world.tasks('web').map((task) => task.spec.image)).to.deep.equal([IMAGE_2, IMAGE_2]);
    const created = [...world.hosts.engine('h2').calls].filter(({ op }) => op === 'createContainer');
    expect(created.map(({ args }) => (args[1] as { Image: string }).Image)).to.deep.equal([IMAGE_2]);
  });
});

describe('tasks on a node that changes', () => {
  it('leave it where it changed while no controller ran; those that may stay do (conformance C116)', async () => {
    const world = await World.create({ nodes: 2 });
    await world.apply(service('bound', { placement: { constraints: ['node.role!=manager'], maxReplicasPerNode: 0 } }));
    await world.apply(service('free', { replicas: 2 }));
    await world.settle();
    const before = world.tasks('free').map((task) => task.metadata.name);
    expect(nodesOf(world, 'bound')).to.deep.equal(['h1']);
    await world.stopController();
    await world.apply(node('h1', { role: 'manager' }));
    world.startController();
    await world.settle();
    expect(nodesOf(world, 'bound')).to.deep.equal(['h2']);
    expect(world.tasks('free').map((task) => task.metadata.name)).to.deep.equal(before);
  });

  it('leave it when its role is another (conformance C117)', async () => {
    const world = await World.create({ nodes: 2 });
    await world.apply(node('h1', { role: 'manager' }));
    await world.settle();
    await world.apply(service('web', { placement: { constraints: ['node.role==manager'], maxReplicasPerNode: 0 } }));
    await world.settle();
    expect(nodesOf(world, 'web')).to.deep.equal(['h1']);
    await world.apply(node('h2', { role: 'manager' }));
    await world.apply(node('h1', { role: 'worker' }));
    await world.settle();
    expect(nodesOf(world, 'web')).to.deep.equal(['h2']);
    expect(world.service('web').status?.state).to.equal('Ready');
  });

  it('leave it when it has less memory than they reserve, the youngest of them (conformance C117)', async () => {
    const world = await World.create({ nodes: 1 });
    await world.apply(service('old', memory(2)));
    await world.settle();
    await world.apply(service('young', memory(2)));
    await world.settle();
    await world.apply(service('none', { replicas: 2 }));
    await world.settle();
    await join(world, 'h2');
    world.hosts.engine('h1').reconfigure({ memory: 3 * GIB });
    await world.settle();
    expect([nodesOf(world, 'old'), nodesOf(world, 'young'), nodesOf(world, 'none')]).to.deep.equal([['h1'], ['h2'], ['h1', 'h1']]);
    expect(world.service('young').status?.state).to.equal('Ready');
    await world.expectQuiet();
  });

  it('stay and say why where nobody else has room for them', async () => {
    const world = await World.create({ nodes: 1 });
    await world.apply(service('web', memory(3)));
    await world.settle();
    world.hosts.engine('h1').reconfigure({ memory: 2 * GIB });
    await world.settle();
    expect(nodesOf(world, 'web')).to.deep.equal(['h1']);
    expect(world.tasks('web')[0]?.status?.message).to.equal(
      'node h1 no longer has what it reserves; it stays: no suitable node (insufficient resources on 1 node)',
    );
    await world.expectQuiet();
  });
});
