import { expect } from 'chai';
import type { JsonObject } from '../../lib/types/objects.ts';
import { makeApi, manifest, NODES, SERVICES, type Reply, type TestApi } from './fixture.ts';

const WEB = `${SERVICES}/web`;
const MERGE = { 'content-type': 'application/merge-patch+json' };
const APPLY = { 'content-type': 'application/apply-patch+yaml' };

type Metadata = {
  resourceVersion: string;
  generation: number;
  uid: string;
  managedFields?: { manager: string; operation: string }[];
  annotations?: object;
  labels?: object;
};
const metaOf = (reply: Reply): Metadata => reply.body.metadata as unknown as Metadata;
const specOf = (reply: Reply): JsonObject => reply.body.spec as JsonObject;

describe('Writing through the API', () => {
  let api: TestApi;
  beforeEach(() => (api = makeApi()));

  const create = (name = 'web', spec: JsonObject = {}): Promise<Reply> => api.call('POST', SERVICES, { body: manifest(name, spec) });
  const merge = (body: unknown, query = ''): Promise<Reply> => api.call('PATCH', WEB + query, { body, headers: MERGE });

  it('creates with identity and defaults, once (conformance C148, C196)', async () => {
    const made = await create();
    expect(made.code).to.equal(201);
    expect(metaOf(made))
      .to.include({ generation: 1, resourceVersion: '1' })
      .and.to.have.property('uid')
      .that.matches(/^[0-9a-f-]{36}$/);
    expect(specOf(made)).to.include({ replicas: 1, mode: 'replicated' });
    expect((await create()).body).to.include({ code: 409, reason: 'AlreadyExists', message: 'services.dswarm "web" already exists' });
  });

  it('takes YAML as well', async () => {
    const body = 'apiVersion: dswarm/v1\nkind: Service\nmetadata: { name: web }\nspec: { image: "app:1" }\n';
    expect((await api.call('POST', SERVICES, { body, headers: { 'content-type': 'application/yaml' } })).code).to.equal(201);
  });

  it('counts a generation for a change of spec only', async () => {
    await create();
    expect(metaOf(await merge({ metadata: { labels: { tier: 'front' } } })).generation).to.equal(1);
    expect(metaOf(await merge({ spec: { replicas: 3 } })).generation).to.equal(2);
    const same = await merge({ spec: { replicas: 3 } });
    expect(metaOf(same)).to.include({ generation: 2, resourceVersion: '3' });
  });

  it('refuses a change of a state that is past, and one of what does not exist (conformance C076, C205)', async () => {
    const old = await create();
    await merge({ spec: { replicas: 2 } });
    const stale = await api.call('PUT', WEB, { body: old.body });
    expect(stale.body).to.include({ code: 409, reason: 'Conflict' });
    expect(stale.body.message).to.contain('the object has been modified; please apply your changes to the latest version and try again');
    expect((await merge({ metadata: { resourceVersion: '1' }, spec: { replicas: 9 } })).code).to.equal(409);
    expect((await merge({ metadata: { uid: 'another' } })).code).to.equal(409);
    const unknown = await api.call('PUT', `${SERVICES}/none`, { body: manifest('none') });
    expect(unknown.body).to.include({ code: 404, reason: 'NotFound', message: 'services.dswarm "none" not found' });
  });

  it('replaces, keeping identity and status', async () => {
    const made = await create('web', { env: { A: '1' } });
    const put = await api.call('PUT', WEB, { body: { ...manifest('web', { image: 'app:2' }), status: { ready: 99 } } });
    expect(put.code).to.equal(200);
    expect(metaOf(put).uid).to.equal(metaOf(made).uid);
    expect(specOf(put)).to.include({ image: 'app:2' }).and.not.to.have.property('env');
    expect(put.body).not.to.have.property('status');
    expect((await api.call('PUT', `${SERVICES}/none`, { body: manifest('none') })).code).to.equal(404);
  });

  it('lets concurrent patches all succeed', async () => {
    await create();
    const replies = await Promise.all(['a', 'b', 'c', 'd'].map((key) => merge({ metadata: { labels: { [key]: '1' } } })));
    expect(replies.map((reply) => reply.code)).to.deep.equal([200, 200, 200, 200]);
    expect(metaOf(await api.call('GET', WEB)).labels).to.deep.equal({ a: '1', b: '1', c: '1', d: '1' });
  });

  it('refuses what is invalid, each with the path of its field', async () => {
    const { code, body } = await create('web', { replicas: -1, ports: [{ target: 99_999 }] });
    expect(code).to.equal(422);
    expect(body).to.include({ reason: 'Invalid' });
    expect((body.details as { causes: { field: string }[] }).causes.map((cause) => cause.field)).to.include.members([
      'spec.replicas',
      'spec.ports[0].target',
    ]);
    expect(body.message).to.contain('Service.dswarm "web" is invalid').and.to.contain('spec.replicas');
    expect((await api.call('GET', WEB)).code).to.equal(404);
  });

  it('refuses what policy forbids', async () => {
    expect((await create('web', { privileged: true })).body).to.include({ code: 403, reason: 'Forbidden' });
  });

  it('refuses unknown fields, unless asked to leave them out', async () => {
    const body = manifest('web', { replcas: 2 });
    const strict = await api.call('POST', SERVICES, { body });
    expect((strict.body.details as { causes: { field: string }[] }).causes[0]?.field).to.equal('spec.replcas');
    const lenient = await api.call('POST', `${SERVICES}?fieldValidation=Warn`, { body });
    expect(lenient.code).to.equal(201);
    expect(lenient.headers.warning).to.deep.include('299 - "unknown field \\"spec.replcas\\""');
    expect((await merge({ spec: { resources: { limts: {} } } }, '?fieldValidation=Ignore')).code).to.equal(200);
    expect((await api.call('POST', `${SERVICES}?fieldValidation=Loose`, { body })).code).to.equal(400);
  });

  it('keeps nothing of a dry run', async () => {
    const dry = await api.call('POST', `${SERVICES}?dryRun=All`, { body: manifest('web') });
    expect(dry.code).to.equal(201);
    expect((await api.call('GET', WEB)).code).to.equal(404);
    await create();
    expect(specOf(await merge({ spec: { replicas: 5 } }, '?dryRun=All')).replicas).to.equal(5);
    expect((await api.call('DELETE', `${WEB}?dryRun=All`)).code).to.equal(200);
    expect(specOf(await api.call('GET', WEB)).replicas).to.equal(1);
  });

  it('refuses a body that is of something else than the path', async () => {
    expect((await api.call('POST', SERVICES, { body: { ...manifest('web'), kind: 'Node' } })).body.message).to.contain('does not match');
    expect((await api.call('POST', SERVICES, { body: manifest('web', {}, { namespace: 'shop' }) })).code).to.equal(400);
    expect((await api.call('POST', SERVICES, { body: '{"apiVersion"' })).body.message).to.contain('not JSON');
    expect((await api.call('POST', SERVICES, { body: [] })).code).to.equal(400);
    expect(
      (await api.call('POST', SERVICES, { body: { apiVersion: 'dswarm/v1', kind: 'Service', metadata: {} } })).body.message,
    ).to.contain('metadata.name is required');
    expect((await api.call('POST', '/apis/dswarm/v1/services', { body: manifest('web') })).body.message).to.contain(
      '/namespaces/NAMESPACE/services',
    );
    await create();
    expect((await api.call('PUT', WEB, { body: manifest('api') })).code).to.equal(400);
  });

  it('refuses types of patches and bodies that it does not know', async () => {
    await create();
    const strategic = await api.call('PATCH', WEB, { body: {}, headers: { 'content-type': 'application/strategic-merge-patch+json' } });
    expect(strategic.body).to.include({ code: 415, reason: 'UnsupportedMediaType' });
    expect((await api.call('POST', SERVICES, { body: 'x', headers: { 'content-type': 'text/plain' } })).code).to.equal(415);
  });

  it('applies, with owners of fields and conflicts', async () => {
    const apply = (manager: string, spec: JsonObject, query = ''): Promise<Reply> =>
      api.call('PATCH', `${WEB}?fieldManager=${manager}${query}`, { body: manifest('web', spec), headers: APPLY });
    expect((await apply('alice', { replicas: 2 })).code).to.equal(201);
    const again = await apply('alice', { replicas: 2 });
    expect([again.code, metaOf(again).resourceVersion]).to.deep.equal([200, '1']);
    const refused = await apply('bob', { replicas: 3 });
    expect(refused.body).to.include({ code: 409, reason: 'Conflict' });
    expect(refused.body.details).to.deep.equal({
      causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "alice"', field: '.spec.replicas' }],
    });
    expect(specOf(await apply('bob', { replicas: 3 }, '&force=true')).replicas).to.equal(3);
    expect((await api.call('PATCH', WEB, { body: manifest('web'), headers: APPLY })).body.message).to.contain('fieldManager is required');
  });

  it('records who updated what', async () => {
    await api.call('POST', `${SERVICES}?fieldManager=ci`, { body: manifest('web') });
    const patched = await api.call('PATCH', WEB, {
      body: { spec: { replicas: 4 } },
      headers: { ...MERGE, 'user-agent': 'kubectl/v1.32.0 (linux/amd64)' },
    });
    expect(metaOf(patched).managedFields?.map(({ manager, operation }) => `${manager} ${operation}`)).to.deep.equal([
      'ci Update',
      'kubectl Update',
    ]);
  });

  it('deletes, if it is the object that was meant', async () => {
    const made = await create();
    const other = await api.call('DELETE', WEB, { body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: 'another' } } });
    expect(other.body).to.include({ code: 409, reason: 'Conflict' });
    const gone = await api.call('DELETE', WEB, { body: { propagationPolicy: 'Background' } });
    expect(gone.body).to.deep.include({
      status: 'Success',
      details: { name: 'web', group: 'dswarm', kind: 'services', uid: metaOf(made).uid },
    });
    expect((await api.call('DELETE', WEB)).code).to.equal(404);
  });

  it('deletes what a selector takes', async () => {
    await create('a');
    await create('b');
    await api.call('PATCH', `${SERVICES}/a`, { body: { metadata: { labels: { x: '1' } } }, headers: MERGE });
    expect((await api.call('DELETE', `${SERVICES}?labelSelector=x`)).code).to.equal(200);
    expect((await api.call('GET', SERVICES)).body.items).to.have.length(1);
  });

  it('scales by the Scale of a service', async () => {
    const made = await create();
    expect((await api.call('GET', `${WEB}/scale`)).body).to.deep.include({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      spec: { replicas: 1 },
    });
    expect((await api.call('PATCH', `${WEB}/scale`, { body: { spec: { replicas: 4 } }, headers: MERGE })).body.spec).to.deep.equal({
      replicas: 4,
    });
    const stale = { metadata: { name: 'web', resourceVersion: metaOf(made).resourceVersion }, spec: { replicas: 9 } };
    expect((await api.call('PUT', `${WEB}/scale`, { body: stale })).code).to.equal(409);
    await create('each', { mode: 'global' });
    expect(
      (await api.call('PATCH', `${SERVICES}/each/scale`, { body: { spec: { replicas: 4 } }, headers: MERGE })).body.message,
    ).to.contain('one task on each node');
  });

  it('leaves status and what controllers make to the controllers', async () => {
    await create();
    expect((await api.call('PUT', `${WEB}/status`, { body: {} })).body).to.include({ code: 405 });
    expect((await api.call('GET', `${WEB}/status`)).code).to.equal(200);
    expect((await api.call('DELETE', '/apis/dswarm/v1/namespaces/default/tasks/web.1.x')).body.message).to.contain(
      'tasks are made by the controller',
    );
  });

  it('writes nodes, which are in no namespace', async () => {
    const body = { apiVersion: 'dswarm/v1', kind: 'Node', metadata: { name: 'h1' }, spec: { ssh: { host: '192.0.2.1' } } };
    expect((await api.call('POST', NODES, { body })).code).to.equal(201);
    expect((await api.call('POST', NODES, { body: { ...body, metadata: { name: 'h2', namespace: 'shop' } } })).code).to.equal(422);
  });

  it('takes no more than it can bear (fault 96)', async () => {
    const small = makeApi({ limits: { body: 1000 } });
    const big = await small.call('POST', SERVICES, { body: manifest('web', { env: { A: 'x'.repeat(2000) } }) });
    expect(big.body).to.include({ code: 413, reason: 'RequestEntityTooLarge' });
  });

  it('says 503 and keeps the old state when nothing can be written (fault 95)', async () => {
    await create();
    await api.deps.store.close();
    const reply = await merge({ spec: { replicas: 7 } });
    expect(reply.body).to.include({ code: 503, reason: 'ServiceUnavailable' });
    expect(specOf(await api.call('GET', WEB)).replicas).to.equal(1);
  });
});
