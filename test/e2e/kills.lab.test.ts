import { expect } from 'chai';
import { IMAGE, IMAGE_2 } from '../lab/fixture.ts';
import { FakeIds } from '../fakes/ids.ts';
import { listOurs } from './containers.ts';
import { eventually, serviceManifest } from './controller.ts';
import { useController } from './setup.ts';

const KILLS = 10;
/** About as long as one rollout takes here. */
const ROLLOUT_MS = 4_000;
const SLOTS = Array.from({ length: 12 }, (_, index) => String(index + 1)).sort();

const seed = Number(process.env['DSWARM_SEED'] ?? Math.floor(Math.random() * 1_000_000));

describe(`the controller killed at ${KILLS} random moments of a rollout (DSWARM_SEED=${seed})`, function () {
  this.timeout(240_000);
  const world = useController(3);

  /** Every container of ours, running or not, as `SLOT IMAGE STATE`. */
  const containers = (): Promise<string[]> => listOurs(world.hosts, '{{.Label "dswarm/slot"}} {{.Image}} {{.State}}');
  const exactly = (image: string): string[] => SLOTS.map((slot) => `${slot} ${image} running`).sort();

  it('ends with exactly 12 of the new spec, no slot twice and nothing left over, each time (fault 80)', async () => {
    const ids = new FakeIds(seed);
    const save = (image: string): Promise<void> =>
      world.controller.save(
        'web.yaml',
        serviceManifest({ name: 'web', replicas: 12, image, spec: { update: { parallelism: 4, monitor: '300ms' } } }),
      );
    await save(IMAGE);
    await eventually('12 run', async () => (await containers()).join() === exactly(IMAGE).join(), 60_000);
    await world.controller.cli('rollout', 'status', 'svc/web', '--timeout=60s');
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const image = kill % 2 === 1 ? IMAGE_2 : IMAGE;
      const moment = Math.round(ids.random() * ROLLOUT_MS);
      await save(image);
      await new Promise((resolve) => setTimeout(resolve, moment));
      await world.controller.stop('SIGKILL');
      await world.controller.start();
      await eventually(
        `kill ${kill}, ${moment} ms after the save: 12 of ${image} and nothing else`,
        async () => (await containers()).join() === exactly(image).join(),
        60_000,
      );
      expect(await world.controller.cli('rollout', 'status', 'svc/web', '--timeout=60s'), `kill ${kill} after ${moment} ms`).to.contain(
        'successfully',
      );
      expect(await containers(), `kill ${kill} after ${moment} ms, a while later`).to.deep.equal(exactly(image));
    }
  });
});
