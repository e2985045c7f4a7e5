import { expect } from 'chai';
import type { ServiceSpec } from '../../lib/types/generated.ts';
import { healthcheck, IMAGE_2, service, World } from './harness.ts';
import { sample } from './sampling.ts';

const IMAGE_3 = 'registry.test/hello:3';
const spec = (more: Partial<ServiceSpec>): Partial<ServiceSpec> => ({
  replicas: 4,
  healthcheck,
  ...more,
  update: { ...service('web').spec.update, order: 'start-first', parallelism: 2, ...more.update },
});

async function inTheMiddle(): Promise<World> {
  const world = await World.create({ engine: { healthAfter: 1_000 } });
  for (const [, engine] of world.hosts.engines) engine.pullable.set(IMAGE_3, 100);
  await world.apply(service('web', spec({})));
  await world.settle(10_000);
  await world.apply(service('web', spec({ image: IMAGE_2 })));
  await world.settle(500);
  expect(world.running()).to.have.length(6);
  return world;
}

describe('a rollout that a newer spec overtakes', () => {
  it('goes to the newest at once, and never runs more than one beside what serves a slot', async () => {
    const world = await inTheMiddle();
    const seen = sample(world);
    await world.apply(service('web', spec({ image: IMAGE_3 })));
    await world.settle(30_000);
    seen.stop();
    expect({ least: seen.least, most: seen.most }).to.deep.equal({ least: 4, most: 6 });
    expect(new Set(world.containers().map(({ container }) => container.config.Image))).to.deep.equal(new Set([IMAGE_3]));
    expect(world.containers()).to.have.length(4);
    await world.expectQuiet();
  });

  it('goes to the newest also over a restart of the controller, and clears away what it had started (fault 81)', async () => {
    const world = await inTheMiddle();
    await world.manager?.stop();
    await world.apply(service('web', spec({ image: IMAGE_3 })));
    const seen = sample(world);
    world.startController();
    await world.settle(30_000);
    seen.stop();
    expect({ least: seen.least, most: seen.most }).to.deep.equal({ least: 4, most: 6 });
    expect(new Set(world.containers().map(({ container }) => container.config.Image))).to.deep.equal(new Set([IMAGE_3]));
    expect(world.containers()).to.have.length(4);
    await world.expectQuiet();
  });

  it('takes down no task while what the one before broke is not back', async () => {
    const update = { ...service('web').spec.update, parallelism: 1 };
    const world = await World.create({ engine: { healthAfter: 1_000 } });
    await world.apply(service('web', spec({ replicas: 3, update })));
    await world.settle(10_000);
    await world.stopController();
    const [broken] = world.containers('running').filter(({ container }) => container.config.Labels['dswarm/slot'] === '3');
    world.hosts.engine(broken?.node ?? '').setHealth(broken?.container.id ?? '', 'unhealthy');
    await world.apply(service('web', spec({ replicas: 3, update, image: IMAGE_2 })));
    const isServing = (): boolean => world.containers('running').filter(({ container }) => container.health === 'healthy').length >= 2;
    world.startController();
    for (let elapsed = 0; elapsed < 30_000; elapsed += 100) {
      await world.settle(100);
      expect(isServing(), `after ${elapsed} ms`).to.equal(true);
    }
    expect(new Set(world.containers().map(({ container }) => container.config.Image))).to.deep.equal(new Set([IMAGE_2]));
    await world.expectQuiet();
  });
});
