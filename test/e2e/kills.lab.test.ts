import { expect } from 'chai';
import { docker, IMAGE, IMAGE_2, lab, labHosts, type LabEnv } from '../lab/fixture.ts';
import { FakeIds } from '../fakes/ids.ts';
import { Controller, eventually, serviceManifest } from './controller.ts';

const KILLS = 10;
/** About as long as one rollout takes here. */
const ROLLOUT_MS = 4_000;
const SLOTS = Array.from({ length: 12 }, (_, index) => String(index + 1)).sort();

const seed = Number(process.env['DSWARM_SEED'] ?? Math.floor(Math.random() * 1_000_000));

describe(`the controller killed at ${KILLS} random moments of a rollout (DSWARM_SEED=${seed})`, function () {
  this.timeout(240_000);
  let env: LabEnv;
  let controller: Controller;

  before(async () => {
    env = await labHosts(3);
    controller = await Controller.create(env.hosts);
    await controller.start();
  });

  after(async () => {
    await controller.remove();
    await lab('up', '3');
  });

  /** Every container of ours, running or not, as `SLOT IMAGE STATE`. */
  const containers = async (): Promise<string[]> => {
    const format = '{{.Label "dswarm/slot"}} {{.Image}} {{.State}}';
    const args = ['ps', '-a', '--filter', 'label=dswarm/managed=true', '--format', format];
    const lists = await Promise.all(env.hosts.map((host) => docker(host, ...args)));
    return lists.flatMap((list) => list.split('\n').filter((line) => line !== ''));
  };
  const exactly = (image: string): string[] => SLOTS.map((slot) => `${slot} ${image} running`).sort();

  it('ends with exactly 12 of the new spec, no slot twice and nothing left over, each time (fault 80)', async () => {
    const ids = new FakeIds(seed);
    const save = (image: string): Promise<void> =>
      controller.save(
        'web.yaml',
        serviceManifest({ name: 'web', replicas: 12, image, spec: { update: { parallelism: 4, monitor: '300ms' } } }),
      );
    await save(IMAGE);
    await eventually('12 run', async () => (await containers()).sort().join() === exactly(IMAGE).join(), 60_000);
    await controller.cli('rollout', 'status', 'svc/web', '--timeout=60s');
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const image = kill % 2 === 1 ? IMAGE_2 : IMAGE;
      const moment = Math.round(ids.random() * ROLLOUT_MS);
      await save(image);
      await new Promise((resolve) => setTimeout(resolve, moment));
      await controller.stop('SIGKILL');
      await controller.start();
      await eventually(
        `kill ${kill}, ${moment} ms after the save: 12 of ${image} and nothing else`,
        async () => (await containers()).sort().join() === exactly(image).join(),
        60_000,
      );
      expect(await controller.cli('rollout', 'status', 'svc/web', '--timeout=60s'), `kill ${kill} after ${moment} ms`).to.contain(
        'successfully',
      );
      expect((await containers()).sort(), `kill ${kill} after ${moment} ms, a while later`).to.deep.equal(exactly(image));
    }
  });
});
