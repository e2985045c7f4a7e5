import { expect } from 'chai';
import type { ServiceSpec } from '../../lib/types/generated.ts';
import { healthcheck, IMAGE, IMAGE_2, service, World } from '../controllers/harness.ts';

/** Four healthy tasks, then an image whose healthcheck never comes to anything; what becomes of them within three minutes. */
async function update(more: Partial<ServiceSpec['update']>): Promise<{ world: World; fewestHealthy: number }> {
  const world = await World.create({ engine: { behaviour: ({ Image }) => (Image === IMAGE_2 ? { health: 'starting' } : {}) } });
  const way = { ...service('web').spec.update, progressDeadline: '1m', monitor: '2s', ...more } as const;
  const spec = { replicas: 4, healthcheck, update: way };
  await world.apply(service('web', spec));
  await world.settle();
  await world.apply(service('web', { ...spec, image: IMAGE_2 }));
  let fewestHealthy = Infinity;
  for (let ms = 0; ms < 180_000; ms += 500) {
    await world.settle(500);
    fewestHealthy = Math.min(fewestHealthy, world.containers().filter(({ container }) => container.health === 'healthy').length);
  }
  return { world, fewestHealthy };
}

const images = (world: World): string[] =>
  world
    .containers('running')
    .map(({ container }) => container.config.Image)
    .sort();

describe('a new version that never gets ready', () => {
  for (const [order, parallelism, least] of [
    ['stop-first', 1, 3],
    ['stop-first', 2, 2],
    ['start-first', 2, 4],
  ] as const) {
    it(`is paused at progressDeadline, ${order} by ${parallelism}, with ${least} of 4 serving throughout (fault 92)`, async () => {
      const { world, fewestHealthy } = await update({ order, parallelism, failureAction: 'pause' });
      expect(fewestHealthy).to.equal(least);
      expect(world.service('web').status).to.deep.include({ state: 'Stalled' });
      expect(world.service('web').status?.update).to.include({ state: 'paused' });
      expect(images(world).filter((image) => image === IMAGE)).to.have.length(least);
      await world.expectQuiet();
    });

    it(`is rolled back at progressDeadline, ${order} by ${parallelism}, with ${least} of 4 serving throughout (fault 92)`, async () => {
      const { world, fewestHealthy } = await update({ order, parallelism, failureAction: 'rollback' });
      expect(fewestHealthy).to.equal(least);
      expect(world.service('web').status?.update).to.include({ state: 'rollback_completed' });
      expect(images(world)).to.deep.equal([IMAGE, IMAGE, IMAGE, IMAGE]);
      await world.expectQuiet();
    });
  }
});
