import { expect } from 'chai';
import { createMemoryStore } from '../../lib/io/store/memory.ts';
import { DswarmError } from '../../lib/errors/error.ts';
import type { Docker } from '../../lib/ports/docker.ts';
import type { Hosts } from '../../lib/ports/hosts.ts';
import type { FakeHosts } from '../fakes/hosts.ts';
import { withDocker } from '../fakes/intercept.ts';
import { healthcheck, IMAGE_2, node, service, World } from './harness.ts';

const WRITES = ['createContainer', 'startContainer', 'stopContainer', 'removeContainer'] as const;
type Write = (typeof WRITES)[number];

/** Counts write calls over all hosts and does something at the n-th: before it reaches the engine, or after it was applied. */
function atWrite(n: number, act: (call: () => Promise<unknown>) => Promise<unknown>): (hosts: FakeHosts) => Hosts {
  let count = 0;
  const counting = (docker: Docker): Docker =>
    new Proxy(docker, {
      get: (inner, property): unknown => {
        const method = Reflect.get(inner, property) as (...args: unknown[]) => Promise<unknown>;
        if (!WRITES.includes(property as Write)) return method;
        return (...args: unknown[]) => {
          count += 1;
          return count === n ? act(() => method(...args)) : method(...args);
        };
      },
    });
  return (hosts) => withDocker(hosts, counting);
}

interface Scenario {
  name: string;
  steps: ((world: World) => Promise<void>)[];
  expected: { running: number; image?: string };
}

const SCENARIOS: Scenario[] = [
  { name: 'create', steps: [(world) => world.apply(service('web', { replicas: 3 }))], expected: { running: 3 } },
  {
    name: 'scale up and down',
    steps: [
      (world) => world.apply(service('web', { replicas: 2 })),
      (world) => world.apply(service('web', { replicas: 5 })),
      (world) => world.apply(service('web', { replicas: 1 })),
    ],
    expected: { running: 1 },
  },
  {
    name: 'update',
    steps: [
      (world) => world.apply(service('web', { replicas: 2 })),
      (world) => world.apply(service('web', { replicas: 2, image: IMAGE_2 })),
    ],
    expected: { running: 2, image: IMAGE_2 },
  },
  {
    name: 'delete',
    steps: [(world) => world.apply(service('web', { replicas: 3 })), (world) => world.delete('Service', 'web', 'default')],
    expected: { running: 0 },
  },
];

const MOST_WRITES = 20;

async function expectExact(world: World, { expected }: Scenario): Promise<void> {
  expect(world.containers()).to.have.length(expected.running);
  expect(world.running()).to.have.length(expected.running);
  const slots = world.tasks('web').map((task) => task.spec.slot);
  expect(new Set(slots).size).to.equal(slots.length);
  expect(slots).to.have.length(expected.running);
  if (expected.image !== undefined) for (const { container } of world.containers()) expect(container.config.Image).to.equal(expected.image);
  await world.expectQuiet();
}

for (const scenario of SCENARIOS) {
  describe(`${scenario.name}, with the controller killed or an answer lost at every write`, () => {
    for (let n = 1; n <= MOST_WRITES; n += 1) {
      it(`survives a lost answer to write ${n} (invariant 8)`, async () => {
        const lost = new DswarmError('DSW_DOCKER_TIMEOUT', 'the answer was lost');
        const world = await World.create({ wrap: atWrite(n, (call) => call().then(() => Promise.reject(lost))) });
        for (const step of scenario.steps) {
          await step(world);
          await world.settle(70_000);
        }
        await expectExact(world, scenario);
      });

      it(`survives a kill of the controller right after write ${n}`, async () => {
        const process = { killed: false };
        // The process is gone: nothing that was under way ever gets its answer, nothing more is sent.
        const world = await World.create({
          wrap: atWrite(n, async (call) => {
            await call();
            process.killed = true;
            return new Promise(() => undefined);
          }),
        });
        for (const step of scenario.steps) {
          await step(world);
          for (let waited = 0; waited < 70_000 && !process.killed; waited += 1_000) await world.settle(1_000);
          if (process.killed) {
            process.killed = false;
            await world.stopController();
            world.startController();
          }
          await world.settle(70_000);
        }
        await expectExact(world, scenario);
      });
    }
  });
}

describe('a controller that was started again', () => {
  it('changes nothing when all is as it should be (invariant 12)', async () => {
    const world = await World.create();
    await world.apply(service('web', { replicas: 6 }));
    await world.apply(service('agent', { mode: 'global' }));
    await world.settle();
    await world.stopController();
    const mutations = world.mutations().length;
    world.startController();
    await world.settle();
    expect(world.mutations()).to.have.length(mutations);
    await world.expectQuiet();
  });

  it('knows on how many nodes soever its tasks are, and keeps their records', async () => {
    const world = await World.create({ nodes: 20 });
    await world.apply(service('web', { replicas: 40 }));
    await world.settle();
    const records = (): string[] => world.tasks('web').map(({ metadata }) => `${metadata.name} ${metadata.uid}`);
    const before = records();
    await world.stopController();
    world.startController();
    await world.settle();
    expect(records()).to.deep.equal(before);
    await world.stopController();
    await world.delete('Service', 'web', 'default');
    world.startController();
    await world.settle();
    expect(world.containers()).to.deep.equal([]);
  });

  it('begins with no further slot of a rollout while it has not heard of the nodes again', async () => {
    const world = await World.create({ engine: { healthAfter: 'manual' } });
    await world.apply(service('web', { replicas: 3, healthcheck }));
    await world.settle();
    for (const { node, container } of world.containers()) world.hosts.engine(node).setHealth(container.id, 'healthy');
    await world.settle();
    await world.apply(service('web', { replicas: 3, healthcheck, image: IMAGE_2 }));
    await world.settle();
    const isNew = ({ container }: ReturnType<World['anyRunning']>): boolean => container.config.Image === IMAGE_2;
    expect(world.containers().filter(isNew)).to.have.length(1);
    await world.stopController();
    world.startController();
    await world.settle(30_000);
    expect(world.containers().filter(isNew)).to.have.length(1);
  });

  it('starts no successor beside a task whose node it has not heard of yet (invariant 4)', async () => {
    const world = await World.create({ nodes: 2, engine: { latency: { create: 5_000 } } });
    await world.apply(service('web'));
    await world.settle(30_000);
    const { node: old } = world.anyRunning();
    const other = old === 'h1' ? 'h2' : 'h1';
    await world.apply(node(old, { availability: 'pause' }));
    await world.apply(service('web', { image: IMAGE_2 }));
    await world.settle(1_000);
    expect(world.tasks('web').map((task) => task.spec.node)).to.have.members([old, other]);
    await world.stopController();
    world.hosts.cut(old);
    world.startController();
    await world.settle(10_000);
    expect(world.containers()).to.have.length(2);
    expect(world.running()).to.have.length(1);
    world.hosts.mend(old);
    await world.settle(60_000);
    expect(world.containers().map(({ container }) => container.config.Image)).to.deep.equal([IMAGE_2]);
  });

  it('clears away the revisions of a service that was deleted while no controller ran, though nothing else is left of it', async () => {
    const world = await World.create();
    await world.apply(service('web', { replicas: 0 }));
    await world.settle();
    expect(world.store.snapshot().list('Revision')).to.have.length(1);
    await world.stopController();
    await world.delete('Service', 'web', 'default');
    world.startController();
    await world.settle();
    expect(world.store.snapshot().list('Revision')).to.deep.equal([]);
  });

  it('adopts what runs when its state was lost, and restarts nothing (invariant 11)', async () => {
    const world = await World.create();
    await world.apply(service('web', { replicas: 4 }));
    await world.settle();
    await world.stopController();
    const before = world.running();
    const objects = [...world.store.snapshot().list('Node'), ...world.store.snapshot().list('Service')];
    Object.assign(world, { store: createMemoryStore() });
    await world.store.commit(
      objects.map((object) => ({ put: { ...object, metadata: { ...object.metadata, uid: `new-${object.metadata.name}` } } })),
    );
    world.startController();
    await world.settle();
    expect(world.running()).to.deep.equal(before);
    expect(world.tasks('web')).to.have.length(4);
    expect(world.service('web').status?.state).to.equal('Ready');
  });

  it('places nothing a second time when the host that has it cannot be reached at the start (invariant 8)', async () => {
    const world = await World.create();
    await world.apply(service('web', { replicas: 3 }));
    await world.settle();
    await world.stopController();
    world.hosts.cut('h2');
    world.startController();
    await world.settle(60_000);
    world.hosts.mend('h2');
    await world.settle();
    expect(world.containers()).to.have.length(3);
  });
});
