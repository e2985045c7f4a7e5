import { expect } from 'chai';
import { templateOf } from '../../lib/rollout/template.ts';
import type { ServiceStatus } from '../../lib/types/generated.ts';
import { ROLLBACK_ANNOTATION, ROLLOUT_PAUSED_ANNOTATION, type StoredRevision, type StoredService } from '../../lib/types/objects.ts';
import { meta, put, startApi, WEB, type TestApi } from './api.ts';

describe('rollouts by the command line', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startApi();
    await api.dswarm('apply -f -', { stdin: WEB });
  });
  afterEach(async () => {
    await api.close();
  });

  const web = (): StoredService => {
    const found = api.store.snapshot().get({ kind: 'Service', namespace: 'default', name: 'web' });
    if (found === undefined) throw new Error('no service web');
    return found;
  };
  const setStatus = (status: ServiceStatus): Promise<void> => put(api.store, { ...web(), status });
  const revision = (number: number, image: string, more: object = {}): StoredRevision => ({
    apiVersion: 'dswarm/v1',
    kind: 'Revision',
    metadata: meta(`web-${number}`, 'default'),
    spec: {
      service: 'web',
      serviceUid: web().metadata.uid,
      revision: number,
      specHash: `v1:${number}`,
      image,
      template: { ...templateOf(web().spec), image, ...more },
    },
  });
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'AllTasksReady',
    message: 'ready',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  } as const;

  it('status says how the rollout ended', async () => {
    await setStatus({ observedGeneration: 1, conditions: [ready], update: { state: 'completed' } });
    expect(await api.dswarm('rollout status svc/web')).to.deep.equal({
      code: 0,
      out: 'service "web" successfully rolled out\n',
      err: '',
    });
    const message = '2 of 3 tasks ready; update paused due to failure or early termination of task web.1.abc';
    await setStatus({ observedGeneration: 1, message, update: { state: 'paused' } });
    expect(await api.dswarm('rollout status svc/web')).to.deep.equal({ code: 1, out: '', err: `error: ${message}\n` });
    const rolledBack = { ...ready, status: 'False', reason: 'RolledBack' } as const;
    await setStatus({ observedGeneration: 1, message: 'rolled back', conditions: [rolledBack], update: { state: 'rollback_completed' } });
    expect((await api.dswarm('rollout status svc/web')).code).to.equal(1);
  });

  it('status tells how far it is, once or until a deadline', async () => {
    await setStatus({ observedGeneration: 1, updated: 1, desired: 3, ready: 2, update: { state: 'updating' } });
    const line = 'Waiting for rollout of "web": 1 of 3 tasks updated, 2 ready\n';
    expect(await api.dswarm('rollout status svc/web --no-watch')).to.deep.equal({ code: 0, out: line, err: '' });
    const ran = await api.dswarm('rollout status svc/web --timeout=0');
    expect(ran.code).to.equal(1);
    expect(ran.err).to.contain('timed out waiting for the rollout of service/web');
    await setStatus({});
    expect((await api.dswarm('rollout status svc/web --no-watch')).out).to.contain('to see the changed spec');
  });

  it('status of a job follows its run, and fails with it', async () => {
    await setStatus({ observedGeneration: 1, state: 'Running', message: '1 of 3 completed, 2 running', job: { iteration: 4 } });
    const line = 'Waiting for job "web", iteration 4: 1 of 3 completed, 2 running\n';
    expect(await api.dswarm('rollout status svc/web --no-watch')).to.deep.equal({ code: 0, out: line, err: '' });
    await setStatus({ observedGeneration: 1, state: 'Complete', message: '3 of 3 completed, 0 running', job: { iteration: 4 } });
    expect((await api.dswarm('rollout status svc/web')).out).to.equal('job "web", iteration 4: 3 of 3 completed, 0 running\n');
    await setStatus({ observedGeneration: 1, state: 'Failed', message: '2 of 3 completed, 0 running, 1 failed', job: { iteration: 4 } });
    const failed = { code: 1, out: '', err: 'error: job "web", iteration 4: 2 of 3 completed, 0 running, 1 failed\n' };
    expect(await api.dswarm('rollout status svc/web')).to.deep.equal(failed);
  });

  it('history lists revisions, and shows one', async () => {
    await put(api.store, revision(9, 'nginx:1.26'), revision(10, 'nginx:1.27'));
    await setStatus({ revision: 10, previousRevision: 9 });
    const { out } = await api.dswarm('rollout history svc/web');
    expect(out).to.match(/^REVISION +IMAGE +AGE +ROLLOUT\n9 +nginx:1\.26 +\w+ +previous\n10 +nginx:1\.27 +\w+ +current\n$/);
    expect((await api.dswarm('rollout history svc/web --revision 9')).out).to.match(/^image: nginx:1\.26$/m);
    expect((await api.dswarm('rollout history svc/web --revision 8')).err).to.contain('service/web has no revision 8');
  });

  it('undo writes the previous revision into the spec, or the one named', async () => {
    await put(api.store, revision(1, 'nginx:1.25', { env: { A: '1' } }), revision(2, 'nginx:1.26'), revision(3, 'nginx:1.27'));
    await setStatus({ revision: 3, previousRevision: 2 });
    expect((await api.dswarm('rollout undo svc/web')).out).to.equal('service/web rolled back to revision 2\n');
    expect(web().spec).to.include({ image: 'nginx:1.26', replicas: 3 });
    const { specHash } = revision(2, 'nginx:1.26').spec;
    expect(web().metadata.annotations).to.include({ [ROLLBACK_ANNOTATION]: specHash });
    expect((await api.dswarm('rollout undo svc/web --to-revision 1')).out).to.equal('service/web rolled back to revision 1\n');
    expect(web().spec.env).to.deep.equal({ A: '1' });
    expect((await api.dswarm('rollout undo svc/web --to-revision 1')).out).to.contain('skipped rollback');
    expect((await api.dswarm('rollout undo svc/web --to-revision 2')).out).to.equal('service/web rolled back to revision 2\n');
    expect(web().spec).to.not.have.property('env');
    expect((await api.dswarm('rollout undo svc/web --to-revision x')).err).to.contain('is not a revision');
  });

  it('undo after an automatic rollback makes the spec what runs', async () => {
    await put(api.store, revision(1, 'nginx:1.25'), revision(2, 'nginx:1.27'));
    const revisions = [
      { revision: 1, specHash: 'v1:1' },
      { revision: 2, specHash: 'v1:2' },
    ];
    await setStatus({ revision: 1, revisions, update: { state: 'rollback_completed', failedSpecHash: 'v1:2' } });
    expect((await api.dswarm('rollout undo svc/web')).out).to.equal('service/web rolled back to revision 1\n');
  });

  it('restart bumps forceUpdate; pause and resume set and remove the annotation', async () => {
    expect((await api.dswarm('rollout restart svc/web')).out).to.equal('service/web restarted\n');
    expect(web().spec.forceUpdate).to.equal(1);
    expect((await api.dswarm('rollout pause svc/web')).out).to.equal('service/web paused\n');
    expect(web().metadata.annotations).to.have.property(ROLLOUT_PAUSED_ANNOTATION, 'true');
    expect((await api.dswarm('rollout resume svc/web')).out).to.equal('service/web resumed\n');
    expect(web().metadata.annotations ?? {}).to.not.have.property(ROLLOUT_PAUSED_ANNOTATION);
  });

  it('refuses what has no rollouts', async () => {
    expect((await api.dswarm('rollout status no/h1')).err).to.contain('nodes have no rollouts');
    expect((await api.dswarm('rollout undo svc')).err).to.contain('no name given');
    expect((await api.dswarm('rollout restart svc/none')).err).to.contain('NotFound');
  });
});
