import { expect } from 'chai';
import type { StoredCronJob } from '../../lib/types/objects.ts';
import { makeDirectoryWorld } from '../support/directory-controller.ts';
import { eventually } from '../support/eventually.ts';
import { startApi, type TestApi } from '../cli/api.ts';

const MANIFEST = `apiVersion: dswarm/v1
kind: CronJob
metadata: { name: nightly }
spec:
  schedule: "30 2 * * *"
  serviceTemplate:
    spec:
      image: nginx:1.27
`;

describe('cron jobs by the API and the command line', () => {
  let api: TestApi;
  beforeEach(async () => void (api = await startApi()));
  afterEach(() => api.close());

  const stored = (): StoredCronJob => {
    const found = api.store.snapshot().get({ kind: 'CronJob', namespace: 'default', name: 'nightly' });
    if (found === undefined) throw new Error('no cron job');
    return found;
  };

  it('are applied with the defaults of a job in their template, listed, described and explained', async () => {
    expect((await api.dswarm('apply -f -', { stdin: MANIFEST })).out).to.equal('cronjob/nightly created\n');
    const { spec } = stored();
    expect(spec).to.include({ timeZone: 'UTC', concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3 });
    expect(spec.serviceTemplate.spec).to.deep.include({ mode: 'replicated-job', replicas: 1, restart: { condition: 'any' } });
    expect((await api.dswarm('apply -f -', { stdin: MANIFEST })).out).to.equal('cronjob/nightly unchanged\n');
    const status = { state: 'Scheduled', active: 1, nextScheduleTime: '2026-01-02T02:30:00Z' };
    await api.store.commit([{ put: { ...stored(), status } }]);
    expect((await api.dswarm('get cronjobs')).out).to.match(
      /^NAME +SCHEDULE +TIMEZONE +SUSPEND +ACTIVE +LAST SCHEDULE +STATUS +AGE\nnightly +30 2 \* \* \* +UTC +false +1 +<none> +Scheduled +\S+\n$/,
    );
    expect((await api.dswarm('get cj -o wide')).out).to.match(/NEXT SCHEDULE +IMAGE.*\n.*2026-01-02T02:30:00Z +nginx:1\.27/);
    expect((await api.dswarm('describe cronjob nightly')).out).to.contain('nextScheduleTime: 2026-01-02T02:30:00Z');
    expect((await api.dswarm('explain cronjob.spec.serviceTemplate.spec.image')).out).to.contain('The container image');
    expect((await api.dswarm(['complete', '--', 'get', 'cron'])).out).to.contain('cronjobs');
  });

  it('show in a diff what changes', async () => {
    const before = await api.dswarm('diff -f -', { stdin: MANIFEST });
    expect(before).to.deep.include({ code: 1 });
    expect(before.out).to.contain('+kind: CronJob').and.to.contain('+  schedule: 30 2 * * *');
    await api.dswarm('apply -f -', { stdin: MANIFEST });
    expect((await api.dswarm('diff -f -', { stdin: MANIFEST })).code).to.equal(0);
    const { out } = await api.dswarm('diff -f -', { stdin: MANIFEST.replace('1.27', '1.28') });
    expect(out).to.contain('-      image: nginx:1.27\n+      image: nginx:1.28\n');
  });

  it('are told where their template is wrong', async () => {
    const { code, err } = await api.dswarm('apply -f -', { stdin: MANIFEST.replace('image:', 'update: { delay: 1s }\n      image:') });
    expect(code).to.equal(1);
    expect(err).to.contain('spec.serviceTemplate.spec.update: cannot be set for jobs');
  });

  it('come and go with their file', async () => {
    const world = await makeDirectoryWorld();
    try {
      const names = (): string[] =>
        world.store
          .snapshot()
          .list('CronJob')
          .map(({ metadata }) => metadata.name);
      await world.save('jobs.yaml', `${MANIFEST}---\n${MANIFEST.replace('nightly', 'weekly')}`);
      await world.save('web.yaml', 'apiVersion: dswarm/v1\nkind: Service\nmetadata: { name: web }\nspec: { image: nginx:1.27 }\n');
      await world.controller.start();
      expect(names()).to.deep.equal(['nightly', 'weekly']);
      await world.save('jobs.yaml', MANIFEST);
      await world.restart();
      await world.controller.start();
      await eventually(() => expect(names()).to.deep.equal(['nightly']));
    } finally {
      await world.close();
    }
  });
});
