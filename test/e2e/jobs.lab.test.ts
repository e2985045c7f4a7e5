import { expect } from 'chai';
import type { StoredCronJob, StoredService, StoredTask } from '../../lib/types/objects.ts';
import { containerIds, crash, labHosts, type LabHost } from '../lab/fixture.ts';
import { Controller, eventually, serviceManifest } from './controller.ts';
import { notesWhile } from './engine-notes.ts';

describe('jobs on real hosts', () => {
  let controller: Controller;
  let hosts: LabHost[];

  before(async () => {
    hosts = (await labHosts(3)).hosts;
    controller = await Controller.create(hosts);
    await controller.start();
    await controller.cli('wait', 'nodes', '--all', '--for=condition=Ready', '--timeout=60s');
  });

  after(() => controller.remove());

  const read = async <T>(...args: string[]): Promise<T> => JSON.parse(await controller.cli('get', ...args, '-o', 'json')) as T;
  const service = (name: string): Promise<StoredService> => read('service', name);

  async function running(name: string): Promise<{ host: LabHost; id: string }[]> {
    const each = hosts.map(async (host) => {
      const ids = await containerIds(host, { labels: [`dswarm/service=${name}`] });
      return ids.map((id) => ({ host, id }));
    });
    return (await Promise.all(each)).flat();
  }

  it('complete 4 tasks by 2, one of which fails and is tried again, and keep what has completed', async () => {
    const spec = {
      mode: 'replicated-job',
      maxConcurrent: 2,
      command: ['sleep', '20'],
      restart: { condition: 'on-failure', delay: '500ms', maxAttempts: 2 },
    };
    const up = new Set<string>();
    let most = 0;
    const of = { hosts, label: 'dswarm/service=work', events: ['start', 'die'] };
    const notes = await notesWhile(of, async () => {
      await controller.save('work.yaml', serviceManifest({ name: 'work', replicas: 4, spec }));
      await eventually('two tasks run', async () => (await running('work')).length === 2);
      const [first] = await running('work');
      if (first === undefined) throw new Error('nothing runs');
      await crash(first.host, first.id);
      await eventually('all have completed', async () => (await service('work')).status?.state === 'Complete', 90_000);
    });
    for (const { id, action } of notes) {
      if (action === 'start') up.add(id);
      else up.delete(id);
      most = Math.max(most, up.size);
    }
    expect(most).to.equal(2);
    expect(notes.filter(({ action }) => action === 'start')).to.have.length(5);
    await controller.cli('wait', 'service/work', '--for=condition=Complete', '--timeout=5s');
    expect(await controller.cli('get', 'services')).to.match(/work\s+replicated-job\s+0\/0 \(4\/4 completed\)/);
    const { items } = await read<{ items: StoredTask[] }>('tasks', '--history');
    const states = items.filter((task) => task.spec.service === 'work').map((task) => task.status?.state);
    expect(states.sort()).to.deep.equal(['Complete', 'Complete', 'Complete', 'Complete', 'Failed']);
    expect(
      (await Promise.all(hosts.map((host) => containerIds(host, { all: true, labels: ['dswarm/service=work'] })))).flat(),
    ).to.have.length(4);
  });

  it('run once on each host, and again when asked to', async () => {
    const spec = { mode: 'global-job', command: ['echo', 'swept'] };
    const { replicas: _replicas, ...bare } = (serviceManifest({ name: 'sweep', spec }) as { spec: { replicas: number } }).spec;
    await controller.save('sweep.yaml', { ...serviceManifest({ name: 'sweep' }), spec: bare });
    await eventually('it has completed on all', async () => (await service('sweep')).status?.summary === '0/0 (3/3 completed)');
    expect(await controller.cli('logs', 'sweep')).to.match(/swept[^]*swept[^]*swept/);
    await controller.cli('rollout', 'restart', 'service/sweep');
    await controller.cli('rollout', 'status', 'service/sweep', '--timeout=60s');
    const { status } = await service('sweep');
    expect(status?.job).to.include({ iteration: 1, completed: 3 });
    const { items } = await read<{ items: StoredTask[] }>('tasks');
    const own = items.filter((task) => task.spec.service === 'sweep');
    expect(own.map((task) => [task.spec.slot, task.spec.iteration]).sort()).to.deep.equal([
      ['h1', 1],
      ['h2', 1],
      ['h3', 1],
    ]);
  });

  it('are begun by a cron job every few seconds, each time once, also over a controller that is killed', async () => {
    await controller.save('tick.yaml', {
      apiVersion: 'dswarm/v1',
      kind: 'CronJob',
      metadata: { name: 'tick' },
      spec: {
        schedule: '*/3 * * * * *',
        successfulJobsHistoryLimit: 50,
        serviceTemplate: { spec: { image: '127.0.0.1:5000/dswarm/hello:1', command: ['echo', 'tick'] } },
      },
    });
    const cron = (): Promise<StoredCronJob> => read('cronjob', 'tick');
    const completed = async (count: number): Promise<void> => {
      const enough = async (): Promise<boolean> =>
        ((await cron()).status?.runs ?? []).filter(({ state }) => state === 'complete').length >= count;
      await eventually(`${count} runs have completed`, enough, 60_000);
    };
    await completed(2);
    await controller.stop('SIGKILL');
    await controller.start();
    await completed(4);
    const { status } = await cron();
    const times = (status?.runs ?? []).map(({ scheduledAt }) => scheduledAt);
    expect(new Set(times).size).to.equal(times.length);
    expect(times.every((time) => Number(time.slice(17, 19)) % 3 === 0)).to.equal(true);
    expect(await controller.cli('get', 'cronjobs')).to.match(/tick\s+\*\/3 \* \* \* \* \*\s+UTC\s+false\s+\d+\s+\d+s\s+Scheduled/);
    await controller.drop('tick.yaml');
    await eventually('its runs and their containers are gone', async () => {
      const { items } = await read<{ items: StoredService[] }>('services');
      if (items.some(({ metadata }) => metadata.name.startsWith('tick-'))) return false;
      const { items: tasks } = await read<{ items: StoredTask[] }>('tasks');
      return !tasks.some((task) => task.spec.service.startsWith('tick-'));
    });
  });
});
