import { expect } from 'chai';
import { listOurs } from './containers.ts';
import { eventually, serviceManifest } from './controller.ts';
import { useController } from './setup.ts';

const REPLICAS = 60;
/** What calls under way are waited for, and what it takes a process to end. */
const LIMIT_MS = 12_000;
const SLOTS = Array.from({ length: REPLICAS }, (_, index) => String(index + 1));

describe('the controller that is stopped while it starts many tasks', () => {
  const world = useController(3);

  /** Every container of ours, running or not, as `SLOT STATE`. */
  const containers = (): Promise<string[]> => listOurs(world.hosts, '{{.Label "dswarm/slot"}} {{.State}}');
  const running = async (): Promise<string[]> => (await containers()).filter((line) => line.endsWith(' running'));

  it('ends within 10 s with most of them not begun; the next one ends right, with no slot twice and nothing left over (fault 93)', async () => {
    await world.controller.save('web.yaml', serviceManifest({ name: 'web', replicas: REPLICAS }));
    await eventually('the first ones run', async () => (await running()).length > 5);
    const began = performance.now();
    expect(await world.controller.stop()).to.equal(0);
    expect(performance.now() - began).to.be.lessThan(LIMIT_MS);
    const left = await containers();
    expect(left.filter((line) => line.endsWith(' running')).length, 'running')
      .to.be.greaterThan(5)
      .and.lessThan(REPLICAS);
    await world.controller.start();
    const wanted = SLOTS.map((slot) => `${slot} running`).sort();
    await eventually('all run and nothing else', async () => (await containers()).join() === wanted.join(), 90_000);
    await world.controller.cli('wait', 'svc/web', '--for=condition=Ready', '--timeout=60s');
    expect(await containers()).to.deep.equal(wanted);
  });
});
