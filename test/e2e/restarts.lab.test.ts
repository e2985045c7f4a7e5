import { expect } from 'chai';
import type { StoredTask } from '../../lib/types/objects.ts';
import { docker, lab, labHosts, type LabEnv } from '../lab/fixture.ts';
import { Controller, eventually, serviceManifest } from './controller.ts';

describe('restarts on real hosts', () => {
  let controller: Controller;
  let env: LabEnv;

  before(async () => {
    env = await labHosts(3);
    controller = await Controller.create(env.hosts);
    await controller.start();
  });

  after(() => controller.remove());

  const service = (name: string, code: number, restart: object): object =>
    serviceManifest({ name, spec: { command: ['exit', String(code), 'cannot open', '/data'], restart } });

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
    expect(await controller.cli('get', 'tasks')).to.match(/^loop\.1\.\S+ +h\d +CrashLoopBackOff /m);
    expect(retired[0]?.status?.lastLog?.split('\n').at(-1)).to.equal('cannot open /data');
    expect(await controller.cli('logs', retired[0]?.metadata.name ?? '')).to.include('cannot open /data\n');
    const listed = (await controller.cli('ps', 'loop', '--no-trunc')).split('\n');
    expect(listed[1]).to.match(/^loop\.1\.\S+ +loop\.1 .* Ready +Ready .* ago +"CrashLoopBackOff: restarts at \S+: exited with code 3"$/);
    expect(listed[2]).to.match(/^loop\.1\.\S+ + \\_ loop\.1 .* Shutdown +Failed .* ago +"exited with code 3"$/);
  });

  it('shows that a task ran out of memory, and what it printed before', async () => {
    const restart = { condition: 'any', delay: '10m' };
    const spec = { command: ['eat'], restart, resources: { limits: { memory: '16Mi' } } };
    await controller.save('greedy.yaml', serviceManifest({ name: 'greedy', spec }));
    await eventually('its task has ended', async () => (await tasks('greedy')).retired.length > 0, 60_000);
    const { retired } = await tasks('greedy');
    expect(retired[0]?.status).to.include({
      state: 'Failed',
      reason: 'OOMKilled',
      oomKilled: true,
      exitCode: 137,
      lastLog: 'hello: eating',
    });
    expect(await controller.cli('get', 'tasks', '--history')).to.match(/^greedy\.1\.\S+ +h\d +OOMKilled /m);
    expect(await controller.cli('ps', 'greedy', '--no-trunc')).to.include('"OOMKilled: ran out of memory (exit code 137)"');
  });

  it('shows a task that ended well as Complete, and fills its slot again where it is to', async () => {
    await controller.save('done.yaml', service('done', 0, { condition: 'any', delay: '10m' }));
    await eventually('its task has ended', async () => (await tasks('done')).retired.length > 0);
    const { live, retired } = await tasks('done');
    expect(retired[0]?.status).to.include({ state: 'Complete', reason: 'Completed', exitCode: 0 });
    expect(live[0]?.status).to.include({ state: 'Ready', reason: 'RestartDelay' });
  });

  it('rejects a task whose image cannot be pulled, with the error', async () => {
    await controller.save('missing.yaml', serviceManifest({ name: 'missing', image: '127.0.0.1:5000/dswarm/none:1' }));
    await eventually('a task was rejected', async () => (await tasks('missing')).retired.length > 0, 60_000);
    const { retired } = await tasks('missing');
    expect(retired[0]?.status).to.include({ state: 'Rejected', reason: 'ImagePullBackOff' });
    expect(await controller.cli('ps', 'missing', '--no-trunc')).to.match(/Rejected .* ago +"ImagePullBackOff: h\d: .*none:1/);
  });

  it('counts what an engine restarted while no controller ran', async () => {
    await controller.save('kept.yaml', serviceManifest({ name: 'kept' }));
    const shown = async (): Promise<(number | undefined)[]> => (await tasks('kept')).live.map(({ status }) => status?.restarts);
    await eventually('it runs', async () => (await tasks('kept')).live[0]?.status?.state === 'Running');
    const { spec, status } = (await tasks('kept')).live[0] ?? expect.fail('no task');
    const host = env.hosts.find(({ name }) => name === spec.node) ?? expect.fail('no such host');
    const inspect = (what: string): Promise<string> => docker(host, 'inspect', '-f', what, status?.containerId ?? '');
    await controller.stop();
    let pid = await inspect('{{.State.Pid}}');
    for (const count of ['1', '2']) {
      await lab('enter', String(host.index), 'kill', '-9', pid);
      // Until it starts again it counts as running, with the process 0.
      await eventually('the engine has restarted it', async () => {
        const [restarts, next = '0'] = (await inspect('{{.RestartCount}} {{.State.Pid}}')).split(' ');
        if (restarts !== count || next === '0' || next === pid) return false;
        pid = next;
        return true;
      });
    }
    await controller.start();
    await eventually('both are told', async () => (await shown()).join() === '2');
    expect(await controller.cli('get', 'tasks')).to.match(/^kept\.1\.\S+ +h\d +Running +\S+ +2 /m);
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
