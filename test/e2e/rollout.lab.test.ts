import { expect } from 'chai';
import { IMAGE_2, lab, labHosts, type LabEnv } from '../lab/fixture.ts';
import { fewestWhile, listOurs } from './containers.ts';
import { Controller, eventually, serviceManifest } from './controller.ts';

const healthcheck = {
  test: ['CMD', '/hello', 'check'],
  interval: '1s',
  timeout: '1s',
  retries: 3,
  startPeriod: '1s',
  startInterval: '500ms',
};
const BAD = '127.0.0.1:5000/dswarm/hello:none';

describe('rollouts on real hosts', () => {
  let env: LabEnv;
  let controller: Controller;

  beforeEach(async () => {
    env = await labHosts(3);
    controller = await Controller.create(env.hosts);
    await controller.start();
  });

  afterEach(async () => {
    await controller.remove();
    await lab('up', '3');
  });

  const healthy = (): Promise<string[]> => listOurs(env.hosts, '{{.ID}}', 'health=healthy');

  const show = (): Promise<string> => controller.cli('get', 'svc/web', '-o', 'yaml');

  async function save(image: string | undefined, update: object): Promise<void> {
    const spec = { healthcheck, update: { monitor: '2s', parallelism: 4, ...update } };
    await controller.save('web.yaml', serviceManifest({ name: 'web', replicas: 12, spec, ...(image === undefined ? {} : { image }) }));
  }

  for (const [order, least] of [
    ['stop-first', 8],
    ['start-first', 12],
  ] as const) {
    it(`never leaves fewer than ${least} of 12 healthy while it updates 4 at a time, ${order} (conformance C072)`, async () => {
      await save(undefined, { order });
      await eventually('12 are healthy', async () => (await healthy()).length === 12, 60_000);
      const fewest = await fewestWhile(env.hosts, 'healthy', async () => {
        await save(IMAGE_2, { order });
        await eventually('the rollout has begun', async () => (await show()).includes('state: updating'));
        await controller.cli('rollout', 'status', 'svc/web', '--timeout=90s');
      });
      expect(fewest).to.be.at.least(least).and.at.most(12);
      expect(await listOurs(env.hosts, '{{.Image}}', 'status=running')).to.deep.equal(Array(12).fill(IMAGE_2));
    });
  }

  it('rolls a bad image back, and takes down none', async () => {
    const update = { failureAction: 'rollback' };
    await save(undefined, update);
    await eventually('12 are healthy', async () => (await healthy()).length === 12, 60_000);
    const before = await healthy();
    const fewest = await fewestWhile(env.hosts, 'healthy', async () => {
      await save(BAD, update);
      await eventually('it is rolled back', async () => (await show()).includes('state: rollback_completed'), 60_000);
    });
    expect(fewest).to.equal(12);
    expect(await healthy()).to.deep.equal(before);
    expect((await controller.attempt('rollout', 'status', 'svc/web')).code).to.equal(1);
  });
});
