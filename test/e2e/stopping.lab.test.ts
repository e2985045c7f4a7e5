import { expect } from 'chai';
import { docker, lab, labHosts, type LabEnv } from '../lab/fixture.ts';
import { Controller, eventually, serviceManifest } from './controller.ts';

const REPLICAS = 60;
/** What calls under way are waited for, and what it takes a process to end. */
const LIMIT_MS = 12_000;
const SLOTS = Array.from({ length: REPLICAS }, (_, index) => String(index + 1));

describe('the controller that is stopped while it starts many tasks', () => {
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

  /** Every container of ours, running or not, as `SLOT STATE`. */
  const containers = async (): Promise<string[]> => {
    const args = ['ps', '-a', '--filter', 'label=dswarm/managed=true', '--format', '{{.Label "dswarm/slot"}} {{.State}}'];
    const lists = await Promise.all(env.hosts.map((host) => docker(host, ...args)));
    return lists.flatMap((list) => list.split('\n').filter((line) => line !== ''));
  };
  const running = async (): Promise<string[]> => (await containers()).filter((line) => line.endsWith(' running'));

  it('ends within 10 s with most of them not begun; the next one ends right, with no slot twice and nothing left over (fault 93)', async () => {
    await controller.save('web.yaml', serviceManifest({ name: 'web', replicas: REPLICAS }));
    await eventually('the first ones run', async () => (await running()).length > 5);
    const began = performance.now();
    expect(await controller.stop()).to.equal(0);
    expect(performance.now() - began).to.be.lessThan(LIMIT_MS);
    const left = await containers();
    expect(left.filter((line) => line.endsWith(' running')).length, 'running')
      .to.be.greaterThan(5)
      .and.lessThan(REPLICAS);
    await controller.start();
    const wanted = SLOTS.map((slot) => `${slot} running`).sort();
    await eventually('all run and nothing else', async () => (await containers()).sort().join() === wanted.join(), 90_000);
    await controller.cli('wait', 'svc/web', '--for=condition=Ready', '--timeout=60s');
    expect((await containers()).sort()).to.deep.equal(wanted);
  });
});
