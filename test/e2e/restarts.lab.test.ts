import { expect } from 'chai';
import type { StoredTask } from '../../lib/types/objects.ts';
import { labHosts } from '../lab/fixture.ts';
import { Controller, eventually, serviceManifest } from './controller.ts';

describe('restarts on real hosts', () => {
  let controller: Controller;

  before(async () => {
    const env = await labHosts(3);
    controller = await Controller.create(env.hosts);
    await controller.start();
  });

  after(() => controller.remove());

  const service = (name: string, code: number, restart: object): object =>
    serviceManifest({ name, spec: { command: ['exit', String(code)], restart } });

  async function tasks(name: string): Promise<{ live: StoredTask[]; retired: StoredTask[] }> {
    const { items } = JSON.parse(await controller.cli('get', 'tasks', '--history', '-o', 'json')) as { items: StoredTask[] };
    const own = items.filter((task) => task.spec.service === name);
    return {
      live: own.filter((task) => task.status?.retiredAt === undefined),
      retired: own.filter((task) => task.status?.retiredAt !== undefined),
    };
  }

  it('takes a crash loop over from the engine, backs off, and shows exit code and last line (fault 44)', async () => {
    await controller.save('loop.yaml', service('loop', 3, { condition: 'any' }));
    await eventually(
      'the slot waits',
      async () => (await tasks('loop')).live.some((task) => task.status?.reason === 'CrashLoopBackOff' && task.status.state === 'Ready'),
      60_000,
    );
    const { live, retired } = await tasks('loop');
    expect(live[0]?.status?.message).to.include('exited with code 3');
    expect(retired.map((task) => [task.status?.state, task.status?.exitCode])).to.deep.include(['Failed', 3]);
    expect(await controller.cli('get', 'services')).to.match(/loop\s.*Stalled/);
  });

  it('stops at maxAttempts, and counts over a killed controller (conformance C039)', async () => {
    await controller.save('twice.yaml', service('twice', 4, { condition: 'any', delay: '3s', maxAttempts: 2 }));
    await eventually('the first restart waits', async () => (await tasks('twice')).live.some((task) => task.status?.state === 'Ready'));
    await controller.stop('SIGKILL');
    await controller.start();
    await eventually('the attempts are used up', async () =>
      (await controller.cli('describe', 'service', 'twice')).includes('restart attempts used up: 2 of 2'),
    );
    const { live, retired } = await tasks('twice');
    expect(live.map((task) => [task.status?.state, task.status?.exitCode, task.spec.restarts?.total])).to.deep.equal([['Failed', 4, 2]]);
    expect(retired).to.have.length(2);
  });
});
