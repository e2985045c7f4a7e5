import { expect } from 'chai';
import type { ServiceSpec } from '../../lib/types/generated.ts';
import { healthcheck, node, service, World, type WorldOptions } from './harness.ts';

const NAMES = ['h1', 'h2', 'h3'];

/** Slot 1 and so on upwards: so many on each node in turn. */
async function placed(perNode: readonly number[], spec: Partial<ServiceSpec> = {}, options: WorldOptions = {}): Promise<World> {
  const world = await World.create(options);
  let replicas = 0;
  for (const [index, count] of perNode.entries()) {
    for (const name of NAMES) await world.apply(node(name, { availability: name === NAMES[index] ? 'active' : 'pause' }));
    await world.apply(service('web', { ...spec, replicas: (replicas += count) }));
    await world.settle();
  }
  for (const name of NAMES) await world.apply(node(name));
  await world.settle();
  return world;
}

/** `h1: 1`, `h2: 2 3`: the slots on each node. */
function slots(world: World): Record<string, string> {
  const found: Record<string, string[]> = {};
  for (const { node: name, container } of world.containers()) (found[name] ??= []).push(container.config.Labels['dswarm/slot'] ?? '');
  return Object.fromEntries(Object.entries(found).map(([name, held]) => [name, held.sort().join(' ')]));
}

describe('scaling down', () => {
  it('takes tasks from the node that has most of the service; there the lowest slot survives (conformance C007, C008)', async () => {
    const world = await placed([1, 2, 3]);
    expect(slots(world)).to.deep.equal({ h1: '1', h2: '2 3', h3: '4 5 6' });
    const before = world.running();
    await world.apply(service('web', { replicas: 4 }));
    await world.settle();
    expect(slots(world)).to.deep.equal({ h1: '1', h2: '2 3', h3: '4' });
    expect(before).to.include.members(world.running());
    expect(world.service('web').status).to.include({ state: 'Ready', summary: '4/4' });
    await world.expectQuiet();
    const other = await placed([3, 2, 1]);
    await other.apply(service('web', { replicas: 5 }));
    await other.settle();
    expect(slots(other)).to.deep.equal({ h1: '1 2', h2: '4 5', h3: '6' });
  });

  it('takes tasks that do not run first (conformance C009)', async () => {
    const world = await placed([1, 2, 1], { healthcheck }, { engine: { healthAfter: 'manual' } });
    for (const { node: name, container } of world.containers())
      if (name !== 'h1') world.hosts.engine(name).setHealth(container.id, 'healthy');
    await world.settle();
    expect(slots(world)).to.deep.equal({ h1: '1', h2: '2 3', h3: '4' });
    await world.apply(service('web', { replicas: 2, healthcheck }));
    await world.settle();
    expect(slots(world)).to.deep.equal({ h2: '2', h3: '4' });
  });

  it('takes a task whose node cannot be reached rather than one that runs, and stays with that when the node is back', async () => {
    const world = await placed([1, 1, 1]);
    world.hosts.cut('h1');
    await world.settle(2_000);
    const before = world.running().filter((name) => !name.startsWith('h1/'));
    await world.apply(service('web', { replicas: 2 }));
    await world.settle(2_000);
    expect(world.running()).to.include.members(before);
    world.hosts.mend('h1');
    await world.settle();
    expect(world.running()).to.deep.equal(before);
    await world.expectQuiet();
  });

  it('does not change its mind while a task takes long to stop: no other goes for it', async () => {
    const world = await placed([2, 2], { healthcheck }, { engine: { healthAfter: 'manual', latency: { stop: 8_000 } } });
    const health = (slot: string): void => {
      const found = world.containers().find(({ container }) => container.config.Labels['dswarm/slot'] === slot);
      world.hosts.engine(found?.node ?? '').setHealth(found?.container.id ?? '', 'healthy');
    };
    for (const slot of ['2', '3', '4']) health(slot);
    await world.settle();
    await world.apply(service('web', { replicas: 3, healthcheck }));
    await world.settle(1_000);
    health('1');
    await world.settle(2_000);
    await world.stopController();
    world.startController();
    await world.settle(30_000);
    expect(slots(world)).to.deep.equal({ h1: '2', h2: '3 4' });
    expect(world.mutations().filter((call) => call.endsWith('stopContainer')).length).to.be.at.most(2);
  });

  it('leaves gaps in the numbers, which scaling up fills from the lowest', async () => {
    const world = await placed([3, 1]);
    await world.apply(service('web', { replicas: 2 }));
    await world.settle();
    expect(slots(world)).to.deep.equal({ h1: '1', h2: '4' });
    await world.stopController();
    world.startController();
    await world.settle();
    await world.expectQuiet();
    await world.apply(service('web', { replicas: 3 }));
    await world.settle();
    expect(slots(world)).to.deep.equal({ h1: '1', h2: '4', h3: '2' });
    expect(world.service('web').status).to.include({ state: 'Ready', summary: '3/3' });
  });

  it('and up again before all is stopped keeps what still runs', async () => {
    const world = await placed([2, 2, 2], {}, { engine: { latency: { stop: 5_000 } } });
    const before = world.running();
    await world.apply(service('web', { replicas: 3 }));
    await world.settle(500);
    await world.apply(service('web', { replicas: 6 }));
    await world.settle(30_000);
    expect(world.running()).to.have.length(6);
    expect(world.running().filter((name) => before.includes(name)).length).to.be.at.least(3);
    expect(world.tasks('web').map((task) => task.status?.desiredState)).to.deep.equal(Array(6).fill('Running'));
    await world.expectQuiet();
  });
});
