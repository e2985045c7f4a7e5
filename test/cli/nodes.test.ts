import { expect } from 'chai';
import { node, service } from '../controllers/harness.ts';
import { eventually } from '../support/eventually.ts';
import { put, startApi, task, type TestApi } from './api.ts';

const spec = (api: TestApi, name: string): unknown => {
  const found = api.store.snapshot().get({ kind: 'Node', name });
  return found === undefined ? undefined : `${found.spec.availability} ${found.spec.role}`;
};

describe('nodes by the command line', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startApi();
    await api.store.commit([{ put: node('h1') }, { put: node('h2') }, { put: service('web') }]);
  });
  afterEach(async () => {
    await api.close();
  });

  it('cordon and uncordon say what they did, and what was so already', async () => {
    expect(await api.dswarm('cordon h1 node/h2')).to.deep.equal({ code: 0, out: 'node/h1 cordoned\nnode/h2 cordoned\n', err: '' });
    expect([spec(api, 'h1'), spec(api, 'h2')]).to.deep.equal(['pause worker', 'pause worker']);
    expect((await api.dswarm('node cordon h1')).out).to.equal('node/h1 already cordoned\n');
    expect((await api.dswarm('uncordon h1')).out).to.equal('node/h1 uncordoned\n');
    expect(spec(api, 'h1')).to.equal('active worker');
  });

  it('promote and demote change the role', async () => {
    expect((await api.dswarm('promote h1')).out).to.equal('node/h1 promoted\n');
    expect(spec(api, 'h1')).to.equal('active manager');
    expect((await api.dswarm('node demote h1')).out).to.equal('node/h1 demoted\n');
    expect(spec(api, 'h1')).to.equal('active worker');
  });

  it('change nothing when one of the nodes does not exist', async () => {
    const ran = await api.dswarm('cordon h1 h9');
    expect(ran).to.deep.include({ code: 1, out: '' });
    expect(ran.err).to.contain('h9');
    expect(spec(api, 'h1')).to.equal('active worker');
    expect((await api.dswarm('drain')).err).to.contain('no node given');
  });

  it('drain tells how far it is, why a task stays, and waits until none is left', async () => {
    await put(
      api.store,
      task('web.1.aaaaaa', { node: 'h1', status: { state: 'Running' } }),
      task('web.2.bbbbbb', { node: 'h1', status: { state: 'Running', message: 'node h1 is drained; it stays: no suitable node' } }),
    );
    let said = '';
    const draining = api.dswarm('drain h1', { onNote: (err) => (said = err) });
    await eventually(() => expect(said).to.contain('node/h1: 2 tasks left'));
    expect(spec(api, 'h1')).to.equal('drain worker');
    await api.store.commit([{ delete: { kind: 'Task', namespace: 'default', name: 'web.1.aaaaaa' } }]);
    await eventually(() => expect(said).to.contain('node/h1: 1 task left'));
    await api.store.commit([{ delete: { kind: 'Task', namespace: 'default', name: 'web.2.bbbbbb' } }]);
    const ran = await draining;
    expect(ran).to.deep.include({ code: 0, out: 'node/h1 draining\nnode/h1 drained\n' });
    expect(ran.err)
      .to.contain('node/h1: 1 task left\n')
      .and.to.contain('task/web.2.bbbbbb: node h1 is drained; it stays: no suitable node\n');
  });

  it('drain does not wait for what jobs have completed there', async () => {
    const done = task('job.0.aaaaaa', { node: 'h1', status: { state: 'Complete' } });
    await put(api.store, { ...done, spec: { ...done.spec, iteration: 0 } });
    expect(await api.dswarm('drain h1')).to.deep.include({ code: 0, out: 'node/h1 draining\nnode/h1 drained\n' });
  });

  it('drain gives up after --timeout, names what is left, and the drain goes on', async () => {
    await put(api.store, task('web.1.aaaaaa', { node: 'h1', status: { state: 'Running' } }));
    let now = 0;
    const ran = await api.dswarm('node drain h1 --timeout 1s', { now: () => (now += 600) });
    expect(ran.code).to.equal(1);
    expect(ran.err).to.contain('timed out draining node/h1; still there: web.1.aaaaaa');
    expect(spec(api, 'h1')).to.equal('drain worker');
  });

  it('drain does not wait for tasks that run elsewhere since the node was lost', async () => {
    await put(api.store, task('web.1.aaaaaa', { node: 'h1', status: { state: 'Orphaned' } }));
    expect((await api.dswarm('drain h1')).out).to.equal('node/h1 draining\nnode/h1 drained\n');
  });

  it('drain does not wait for tasks that have left their slots; they are listed with --history only', async () => {
    await put(api.store, task('web.1.aaaaaa', { node: 'h1', status: { state: 'Failed', retiredAt: '2026-01-01T00:00:00.000Z' } }));
    expect((await api.dswarm('drain h1')).out).to.equal('node/h1 draining\nnode/h1 drained\n');
    expect((await api.dswarm('get tasks -o name')).out).to.equal('');
    expect((await api.dswarm('get tasks -o name --history')).out).to.equal('task/web.1.aaaaaa\n');
  });

  it('node rm refuses while tasks run there, names them, and does it with --force (fault 98)', async () => {
    await put(api.store, task('web.1.aaaaaa', { node: 'h1', status: { state: 'Running' } }));
    const refused = await api.dswarm('node rm h2 h1');
    expect(refused).to.deep.include({ code: 1, out: '' });
    expect(refused.err).to.contain('node/h1 still has 1 task: default/web.1.aaaaaa').and.to.contain('dswarm drain h1');
    expect((await api.dswarm('get nodes -o name')).out).to.equal('node/h1\nnode/h2\n');
    expect((await api.dswarm('node rm h2')).out).to.equal('node/h2 removed\n');
    expect((await api.dswarm('node rm h1 --force')).out).to.equal('node/h1 removed\n');
    expect(spec(api, 'h1')).to.equal(undefined);
  });
});
