import { expect } from 'chai';
import type { ServiceSpec } from '../../lib/types/generated.ts';
import { isoTime } from '../../lib/types/time.ts';
import { node, RESYNC_MS, service, World } from './harness.ts';

const keeps = (source = 'data', more: Partial<ServiceSpec> = {}): Partial<ServiceSpec> => ({
  volumes: [{ type: 'volume', source, target: '/data', readOnly: false }],
  ...more,
});
const at = (name: string): Partial<ServiceSpec> => ({ placement: { constraints: [`node.hostname==${name}`], maxReplicasPerNode: 0 } });
const nodesOf = (world: World, name = 'db'): string[] => world.tasks(name).map(({ spec }) => `${spec.slot} ${spec.node}`);

/** Three nodes, and volumes that somebody made: `h2/data`. h2 and h3 are fuller than h1. */
async function withVolumes(...volumes: string[]): Promise<World> {
  const world = await World.create({ nodes: 3 });
  for (const name of ['h2', 'h3']) await world.apply(service(`busy-${name}`, { replicas: 2, ...at(name) }));
  await world.settle();
  for (const [host = '', name = ''] of volumes.map((volume) => volume.split('/'))) world.hosts.engine(host).volumes.create(name);
  await world.settle(100);
  return world;
}

async function deploy(world: World, spec: Partial<ServiceSpec>, name = 'db'): Promise<void> {
  await world.apply(service(name, spec));
  await world.settle();
}

describe('data in volumes that no task of the service is remembered for', () => {
  it('is where its first task goes, whoever made it (fault 58)', async () => {
    const world = await withVolumes('h2/data');
    await deploy(world, keeps());
    expect(nodesOf(world)).to.deep.equal(['1 h2']);
  });

  it('is found by the list where no event told of it (invariant 3)', async () => {
    const world = await withVolumes();
    world.hosts.engine('h2').eventsFlow = false;
    world.hosts.engine('h2').volumes.create('data');
    await world.settle(RESYNC_MS * 1.2);
    await deploy(world, keeps());
    expect(nodesOf(world)).to.deep.equal(['1 h2']);
  });

  it('is where a service goes that was deleted and made anew', async () => {
    const world = await withVolumes();
    await deploy(world, { ...keeps(), ...at('h3') });
    await world.delete('Service', 'db', 'default');
    await world.settle();
    await deploy(world, keeps());
    expect(nodesOf(world)).to.deep.equal(['1 h3']);
  });

  it('is where a slot goes that was scaled away and back', async () => {
    const world = await withVolumes();
    const spec = keeps('data-{{.Task.Slot}}', { replicas: 3 });
    await deploy(world, spec);
    const before = nodesOf(world);
    await deploy(world, { ...spec, replicas: 1 });
    await deploy(world, service('full', { replicas: 3, ...at(before[1]?.slice(2) ?? '') }).spec, 'full');
    await deploy(world, spec);
    expect(nodesOf(world)).to.deep.equal(before);
  });

  it('on several nodes is on any of them, the emptiest first, and on no other', async () => {
    const world = await withVolumes('h2/data', 'h3/data');
    await deploy(world, { replicas: 1, ...at('h2') }, 'more');
    await deploy(world, keeps());
    expect(nodesOf(world)).to.deep.equal(['1 h3']);
  });

  it('is looked for by all names: where most of them are', async () => {
    const world = await withVolumes('h2/data', 'h3/data', 'h3/logs');
    await deploy(world, { replicas: 1, ...at('h3') }, 'more');
    const volumes = ['data', 'logs'].map((source) => ({ type: 'volume' as const, source, target: `/${source}`, readOnly: false }));
    await deploy(world, { volumes });
    expect(nodesOf(world)).to.deep.equal(['1 h3']);
  });

  it('is one slot’s alone: others of the service begin with a volume of their own', async () => {
    const world = await withVolumes('h2/data');
    await deploy(world, keeps('data', { replicas: 2 }));
    expect(nodesOf(world)).to.deep.equal(['1 h2', '2 h1']);
    await deploy(world, keeps('data', { replicas: 3 }));
    expect(nodesOf(world)).to.deep.equal(['1 h2', '2 h1', '3 h3']);
  });

  it('is not it on a node that does not meet the constraints', async () => {
    const world = await withVolumes('h2/data');
    await deploy(world, keeps('data', at('h3')));
    expect(nodesOf(world)).to.deep.equal(['1 h3']);
  });

  it('is not it where another service keeps it: two would write it at once', async () => {
    const world = await withVolumes('h2/data');
    await deploy(world, keeps());
    await deploy(world, keeps(), 'other');
    expect([nodesOf(world), nodesOf(world, 'other')]).to.deep.equal([['1 h2'], ['1 h1']]);
  });

  it('is one service’s where two come at once: the other begins with a volume of its own elsewhere, however full that is', async () => {
    const world = await withVolumes('h1/data');
    await world.store.commit(['db', 'other'].map((name) => ({ put: service(name, keeps()) })));
    await world.settle();
    const homes = [nodesOf(world), nodesOf(world, 'other')].flat().sort();
    expect(homes[0]).to.equal('1 h1');
    expect(homes[1]).to.match(/^1 h[23]$/);
  });

  it('is waited for while a task of a deleted service still has it: a service that is renamed keeps its data (fault 58)', async () => {
    const world = await World.create({ nodes: 3, engine: { latency: { stop: 3_000 } } });
    await deploy(world, keeps('data', at('h2')));
    await deploy(world, { replicas: 1, ...at('h2') }, 'busy');
    await world.store.commit([{ delete: { kind: 'Service', namespace: 'default', name: 'db' } }, { put: service('renamed', keeps()) }]);
    await world.settle(1_000);
    expect(world.service('renamed').status?.message).to.contain('its data is in a volume on node h2, which a task of a deleted service');
    expect(world.running().filter((name) => name.includes('default_renamed'))).to.deep.equal([]);
    await world.settle(10_000);
    expect(nodesOf(world, 'renamed')).to.deep.equal(['1 h2']);
    expect(world.service('renamed').status?.state).to.equal('Ready');
  });

  it('is not taken for another’s at once: files that go are noticed after those that come (fault 58)', async () => {
    const world = await withVolumes('h2/data');
    await deploy(world, keeps());
    const renamed = service('renamed', keeps());
    const creationTimestamp = isoTime(world.clock.now());
    await world.apply({ ...renamed, metadata: { ...renamed.metadata, creationTimestamp } });
    await world.settle(500);
    expect(nodesOf(world, 'renamed')).to.deep.equal([]);
    await world.delete('Service', 'db', 'default');
    await world.settle();
    expect(nodesOf(world, 'renamed')).to.deep.equal(['1 h2']);
    const second = service('second', keeps());
    await world.apply({ ...second, metadata: { ...second.metadata, creationTimestamp: isoTime(world.clock.now()) } });
    await world.settle();
    expect(nodesOf(world, 'second'), 'both stay').to.deep.equal(['1 h1']);
  });

  it('is waited for while its node takes no tasks, until somebody removes the volume', async () => {
    const world = await withVolumes('h2/data');
    await world.apply(node('h2', { availability: 'pause' }));
    await deploy(world, keeps());
    expect(nodesOf(world)).to.deep.equal([]);
    expect(world.service('db').status?.refusals).to.deep.include({ node: 'h1', reason: 'the data is in a volume on node h2' });
    world.hosts.engine('h2').volumes.remove('data');
    await world.settle(1_000);
    expect(nodesOf(world)).to.deep.equal(['1 h1']);
  });

  it('is waited for while its node is away', async () => {
    const world = await withVolumes('h2/data');
    world.hosts.cut('h2');
    await world.settle(60_000);
    await deploy(world, keeps());
    expect(nodesOf(world)).to.deep.equal([]);
    world.hosts.mend('h2');
    await world.settle(60_000);
    expect(nodesOf(world)).to.deep.equal(['1 h2']);
  });

  it('keeps no global service from any node, and none that only reads or that has a volume for each attempt', async () => {
    const world = await withVolumes('h2/data', `h2/${'a'.repeat(64)}`);
    await deploy(world, keeps('data', { mode: 'global' }), 'everywhere');
    expect(nodesOf(world, 'everywhere')).to.deep.equal(['h1 h1', 'h2 h2', 'h3 h3']);
    await world.delete('Service', 'everywhere', 'default');
    await world.settle();
    await deploy(world, { volumes: [{ type: 'volume', source: 'data', target: '/data', readOnly: true }] }, 'reads');
    await deploy(world, keeps('data-{{.Task.ID}}'), 'fresh');
    await deploy(world, keeps('a'.repeat(64)), 'hex');
    expect(['reads', 'fresh', 'hex'].map((name) => nodesOf(world, name))).to.deep.equal([['1 h1'], ['1 h1'], ['1 h1']]);
    await world.expectQuiet();
  });
});
