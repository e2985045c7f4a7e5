import { expect } from 'chai';
import { put, startApi, task, WEB, meta, type TestApi } from './api.ts';

const DB = WEB.replaceAll('web', 'db');

describe('objects by the command line', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startApi();
  });
  afterEach(async () => {
    await api.close();
  });

  const apply = (text: string, flags = ''): ReturnType<TestApi['dswarm']> => api.dswarm(`apply -f - ${flags}`.trim(), { stdin: text });

  it('apply says created, unchanged, configured', async () => {
    expect(await apply(WEB)).to.deep.equal({ code: 0, out: 'service/web created\n', err: '' });
    expect(await apply(WEB)).to.deep.equal({ code: 0, out: 'service/web unchanged\n', err: '' });
    expect(await apply(WEB.replace('3', '5'))).to.deep.equal({ code: 0, out: 'service/web configured\n', err: '' });
  });

  it('apply takes a job and a global service again as they were stored', async () => {
    for (const mode of ['replicated-job', 'global-job', 'global']) {
      const text = `apiVersion: dswarm/v1\nkind: Service\nmetadata: { name: ${mode} }\nspec: { image: nginx:1.27, mode: ${mode} }\n`;
      expect((await apply(text)).out).to.equal(`service/${mode} created\n`);
      expect((await apply(text)).out).to.equal(`service/${mode} unchanged\n`);
      const { out } = await api.dswarm(`get svc ${mode} -o yaml`);
      await api.dswarm(`delete svc ${mode} --wait=false`);
      expect((await apply(out)).out, 'exported and read again').to.equal(`service/${mode} created\n`);
    }
  });

  it('apply takes several documents, and checks all before the first is sent', async () => {
    const ran = await apply(`${WEB}---\n${DB.replace('replicas', 'replica')}`);
    expect(ran).to.deep.include({ code: 1, out: '' });
    expect(ran.err).to.match(/^error: stdin:9:30: spec: .*replica.*did you mean "replicas"/);
    expect((await api.dswarm('get services')).err).to.equal('No resources found in default namespace.\n');
    expect((await apply(`${WEB}---\n${DB}`)).out).to.equal('service/web created\nservice/db created\n');
  });

  it('apply refuses the same object twice, naming both places', async () => {
    const ran = await apply(`${WEB}---\n${WEB}`);
    expect(ran.err).to.match(/^error: stdin:6:1: Service\/default\/web is defined here and at stdin:1:1 \[DSW_MANIFEST_DUPLICATE\]/);
  });

  it('a dry run changes nothing', async () => {
    expect((await apply(WEB, '--dry-run=client')).out).to.equal('service/web created (dry run)\n');
    expect((await apply(WEB, '--dry-run=server')).out).to.equal('service/web created (server dry run)\n');
    expect((await api.dswarm('get svc')).out).to.equal('');
    await apply(WEB);
    expect((await apply(WEB, '--dry-run=server')).out).to.equal('service/web unchanged (server dry run)\n');
    expect((await apply(WEB, '--dry-run=client')).out).to.equal('service/web unchanged (dry run)\n');
    expect((await apply(WEB.replace('3', '4'), '--dry-run=server')).out).to.equal('service/web configured (server dry run)\n');
    expect((await apply(WEB.replace('3', '4'), '--dry-run=client')).out).to.equal('service/web configured (dry run)\n');
  });

  it('apply keeps to the namespace of the manifest, and refuses another on the command line', async () => {
    const shop = WEB.replace('name: web,', 'name: web, namespace: shop,');
    expect((await apply(shop, '-n other')).err).to.match(
      /^error: the namespace from the provided object "shop" does not match the namespace "other"/,
    );
    expect((await apply(WEB, '-n other')).out).to.equal('service/web created\n');
    expect((await apply(shop)).out).to.equal('service/web created\n');
    expect((await api.dswarm('get svc -A -o name')).out).to.equal('service/web\nservice/web\n');
    expect((await api.dswarm('get svc -n other -o name')).out).to.equal('service/web\n');
  });

  it('get prints the columns of the API, as kubectl would', async () => {
    await apply(WEB);
    const { out } = await api.dswarm('get services');
    expect(out).to.match(/^NAME +.*AGE\nweb +.* 0s\n$/);
    expect((await api.dswarm('get services --no-headers')).out).to.match(/^web /);
    expect((await api.dswarm('get svc web -o wide')).out).to.match(/IMAGE/);
    expect((await api.dswarm('get svc --show-labels')).out).to.match(/LABELS\n.*app=web\n$/);
    expect((await api.dswarm('get svc -A')).out).to.match(/^NAMESPACE +NAME .*\ndefault +web /);
    expect((await api.dswarm('get svc -l app=other')).err).to.equal('No resources found in default namespace.\n');
  });

  it('get of several kinds prints a table each, and kind/name', async () => {
    await apply(WEB);
    await put(api.store, task('web.1.abc'));
    expect((await api.dswarm('get svc,tasks')).out).to.match(/^NAME .*\nservice\/web .*\n\nNAME .*\ntask\/web\.1\.abc .*\n$/);
    expect((await api.dswarm('get all')).out)
      .to.include('service/web ')
      .and.include('task/web.1.abc ');
  });

  it('get of names prints those there are, tells those there are not, and fails', async () => {
    await apply(WEB);
    const ran = await api.dswarm('get svc web none');
    expect(ran.out).to.match(/\nweb /);
    expect(ran).to.deep.include({ code: 1, err: 'Error from server (NotFound): services.dswarm "none" not found\n' });
    expect(await api.dswarm('get svc none --ignore-not-found')).to.deep.equal({ code: 0, out: '', err: '' });
  });

  it('get -o prints objects as JSON, YAML or names', async () => {
    await apply(WEB);
    const one = JSON.parse((await api.dswarm('get svc/web -o json')).out) as { kind: string; metadata: object };
    expect(one).to.have.property('kind', 'Service');
    expect(one.metadata).not.to.have.property('managedFields');
    const list = JSON.parse((await api.dswarm('get svc -o json')).out) as { kind: string; items: { kind: string }[] };
    expect([list.kind, list.items[0]?.kind]).to.deep.equal(['List', 'Service']);
    expect((await api.dswarm('get svc/web -o yaml')).out).to.match(/^apiVersion: dswarm\/v1\nkind: Service\nmetadata:\n/);
    expect((await api.dswarm('get svc -o name')).out).to.equal('service/web\n');
  });

  it('scale sets the replicas', async () => {
    await apply(WEB);
    expect(await api.dswarm('scale svc/web --replicas 7')).to.deep.equal({ code: 0, out: 'service/web scaled\n', err: '' });
    expect(JSON.parse((await api.dswarm('get svc/web -o json')).out)).to.have.nested.property('spec.replicas', 7);
    expect((await api.dswarm('scale svc/none --replicas=1')).err).to.equal(
      'Error from server (NotFound): services.dswarm "none" not found\n',
    );
  });

  it('delete takes names, files and selectors', async () => {
    await apply(`${WEB}---\n${DB}`);
    expect(await api.dswarm('delete svc/web')).to.deep.equal({ code: 0, out: 'service "web" deleted\n', err: '' });
    expect((await api.dswarm('delete svc web --ignore-not-found')).code).to.equal(0);
    expect(await api.dswarm('delete svc web')).to.deep.equal({
      code: 1,
      out: '',
      err: 'Error from server (NotFound): services.dswarm "web" not found\n',
    });
    expect((await api.dswarm('delete -f -', { stdin: DB })).out).to.equal('service "db" deleted\n');
    await apply(`${WEB}---\n${DB}`);
    expect((await api.dswarm('delete svc -l app=db')).out).to.equal('service "db" deleted\n');
    expect((await api.dswarm('delete svc --all')).out).to.equal('service "web" deleted\n');
  });

  it('delete waits for the tasks of a service, as long as it may', async () => {
    await apply(WEB);
    const { uid } = (JSON.parse((await api.dswarm('get svc/web -o json')).out) as { metadata: { uid: string } }).metadata;
    const running = task('web.1.abc');
    await put(api.store, { ...running, spec: { ...running.spec, serviceUid: uid } });
    let now = 0;
    const ran = await api.dswarm('delete svc/web --timeout 1s', { now: () => (now += 600) });
    expect(ran.err).to.match(/^error: timed out waiting for service\/web to go \[DSW_CLI_TIMEOUT\]/);
    expect(ran).to.deep.include({ code: 1, out: 'service "web" deleted\n' });
    await apply(WEB);
    expect(await api.dswarm('delete svc/web --wait=false')).to.deep.include({ code: 0 });
  });

  it('delete says what it waits for, once it takes long', async () => {
    const lan = { apiVersion: 'dswarm/v1', kind: 'Network', metadata: { name: 'lan' }, spec: {} };
    await apply(JSON.stringify(lan));
    const stored = api.store.snapshot().get({ kind: 'Network', namespace: 'default', name: 'lan' }) ?? expect.fail('it is stored');
    await put(api.store, { ...stored, status: { message: 'it goes once no task is in it' } });
    let now = 0;
    const ran = await api.dswarm('delete net/lan --timeout 4s', { now: () => (now += 600) });
    expect(ran.err).to.match(/^waiting until network\/lan is gone: it goes once no task is in it\nerror: timed out/);
  });

  it('an invalid change is refused with the path of the field', async () => {
    await apply(WEB);
    const ran = await api.dswarm('scale svc/web --replicas 999999999999');
    expect(ran.err).to.match(/^Error from server \(Invalid\): .*spec\.replicas/);
    expect(ran.code).to.equal(1);
  });

  it('describe shows spec, conditions, tasks with nodes and reasons, and events', async () => {
    await apply(WEB);
    await put(
      api.store,
      task('web.1.abc'),
      task('web.2.def', { node: 'h2', status: { state: 'Unknown', message: 'h2 does not answer' } }),
      task('other.1.xyz', { service: 'other' }),
      {
        apiVersion: 'dswarm/v1',
        kind: 'Event',
        metadata: meta('web.1', 'default'),
        involvedObject: { kind: 'Service', namespace: 'default', name: 'web' },
        reason: 'Scaled',
        message: 'from 1 to 3',
        type: 'Normal',
        count: 2,
        lastTimestamp: new Date(Date.parse('2026-01-02T03:04:00Z')).toISOString(),
      },
    );
    const { out, code } = await api.dswarm('describe svc/web');
    expect(code).to.equal(0);
    expect(out).to.match(/^Name: +web\nNamespace: +default\nLabels: +app=web\n/);
    expect(out).to.match(/\nTasks:\n {2}Name +Node +State +Restarts +Age +Message\n/i);
    expect(out).to.match(/web\.2\.def +h2 +Unknown +0 +60s +h2 does not answer\n/);
    expect(out).to.match(/Normal +Scaled +5s \(x2\) +from 1 to 3\n/);
    expect(out).not.to.include('other.1.xyz');
  });

  it('api-resources and version ask the controller', async () => {
    expect((await api.dswarm('api-resources')).out)
      .to.match(/^NAME +SHORTNAMES +APIVERSION +NAMESPACED +KIND\n/)
      .and.match(/\nservices +svc +dswarm\/v1 +true +Service\n/);
    expect((await api.dswarm('version')).out).to.match(/\nServer Version: v?9\.9\.9\n$/);
  });
});
