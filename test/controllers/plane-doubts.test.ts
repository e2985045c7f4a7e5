import { expect } from 'chai';
import { sleep } from '../../lib/ports/clock.ts';
import type { Docker } from '../../lib/ports/docker.ts';
import type { FakeContainer } from '../fakes/container.ts';
import { withDocker, withMethods } from '../fakes/intercept.ts';
import type { FakeEngine } from '../fakes/docker.ts';
import { healthcheck, service, World } from './harness.ts';

/** Milliseconds that engines take to tell of a container. */
const SLOW_MS = 100;
/** What the controller takes by itself: it gathers what happens in one moment. */
const MOMENT_MS = 5;

/** An engine that answers for containers only after a while; it has looked before that. */
function slow(docker: Docker, wait: () => Promise<void>): Docker {
  const after = async <T>(answer: Promise<T>): Promise<T> => {
    const found = await answer;
    await wait();
    return found;
  };
  return withMethods(docker, {
    listContainers: (filter) => after(docker.listContainers(filter)),
    inspectContainer: (id) => after(docker.inspectContainer(id)),
  });
}

describe('tasks that an event tells are no longer fit', () => {
  let world: World;
  let container: FakeContainer;
  let engine: FakeEngine;
  let address: string;
  /** Index of the first that was told after the last look. */
  let seen: number;

  beforeEach(async () => {
    let isSlow = false;
    const wait = (): Promise<void> => (isSlow ? sleep(world.clock, SLOW_MS) : Promise.resolve());
    world = await World.create({
      nodes: 2,
      dataPlane: true,
      wrap: (hosts) => withDocker(hosts, (docker) => slow(docker, () => wait())),
    });
    await world.apply(service('web', { replicas: 2, healthcheck }));
    await world.settle(20_000);
    isSlow = true;
    const running = world.anyRunning();
    ({ container } = running);
    engine = world.hosts.engine(running.node);
    address = world.tasks('web').find(({ spec }) => spec.node === running.node)?.spec.addresses?.['default'] ?? '';
    seen = world.planes.applies.length;
  });

  /** What nodes were told of the task since this was asked last. */
  const told = (): string[] => {
    const applies = world.planes.applies.slice(seen).filter(({ files }) => files['changes.nft'] !== undefined);
    seen = world.planes.applies.length;
    return applies.map(({ node, files }) => `${node} ${files['changes.nft']?.includes(address) === true ? 'has' : 'lacks'} it`).sort();
  };

  for (const [what, happens] of [
    ['ended', (id: string) => engine.crash(id)],
    ['is unhealthy', (id: string) => engine.setHealth(id, 'unhealthy')],
  ] as const) {
    it(`leave the tables of all nodes before the engine answers for them: one that ${what}`, async () => {
      happens(container.id);
      await world.clock.advance(MOMENT_MS);
      expect(told()).to.deep.equal(['h1 lacks it', 'h2 lacks it']);
    });
  }

  it('are served again with the answer, where the engine tells that they run: an event may be old (invariant 3)', async () => {
    engine.meddle(container.id, 'die');
    await world.clock.advance(MOMENT_MS);
    expect(told()).to.deep.equal(['h1 lacks it', 'h2 lacks it']);
    await world.clock.advance(2 * SLOW_MS);
    expect(told()).to.deep.equal(['h1 has it', 'h2 has it']);
    expect(container.state).to.equal('running');
    await world.settle();
    await world.expectQuiet();
  });

  it('stay out where one more event comes while the engine is asked', async () => {
    engine.meddle(container.id, 'die');
    await world.clock.advance(SLOW_MS);
    engine.meddle(container.id, 'die');
    told();
    await world.clock.advance(SLOW_MS + 2 * MOMENT_MS);
    expect(told()).to.deep.equal([]);
    await world.clock.advance(2 * SLOW_MS);
    expect(told()).to.deep.equal(['h1 has it', 'h2 has it']);
  });
});
