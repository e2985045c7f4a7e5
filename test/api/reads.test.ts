import { expect } from 'chai';
import type { AnyStored, JsonObject } from '../../lib/types/objects.ts';
import { cpuMs } from '../support/cpu.ts';
import { makeApi, manifest, SERVICES, type TestApi } from './fixture.ts';

const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json' };
const ALL = '/apis/dswarm/v1/services';

describe('Reading from the API', () => {
  let api: TestApi;
  beforeEach(() => (api = makeApi()));

  const create = async (...names: string[]): Promise<void> => {
    for (const name of names)
      expect((await api.call('POST', SERVICES, { body: manifest(name, {}, { labels: { app: name } }) })).code).to.equal(201);
  };
  const names = (list: JsonObject): unknown => (list.items as { metadata: { name: string } }[]).map((item) => item.metadata.name);

  it('answers one object, or a Status that names what there is not', async () => {
    await create('web');
    const { code, body } = await api.call('GET', `${SERVICES}/web`);
    expect(code).to.equal(200);
    expect(body).to.deep.include({ kind: 'Service', apiVersion: 'dswarm/v1' });
    const missing = await api.call('GET', `${SERVICES}/none`);
    expect(missing.code).to.equal(404);
    expect(missing.body).to.deep.include({
      kind: 'Status',
      status: 'Failure',
      reason: 'NotFound',
      message: 'services.dswarm "none" not found',
      code: 404,
    });
  });

  it('lists with selectors, of one namespace and of all', async () => {
    await create('a', 'b');
    await api.call('POST', SERVICES.replace('default', 'shop'), { body: manifest('c') });
    expect(names((await api.call('GET', ALL)).body)).to.deep.equal(['a', 'b', 'c']);
    expect(names((await api.call('GET', SERVICES)).body)).to.deep.equal(['a', 'b']);
    expect(names((await api.call('GET', `${ALL}?labelSelector=${encodeURIComponent('app in (b)')}`)).body)).to.deep.equal(['b']);
    expect(names((await api.call('GET', `${ALL}?fieldSelector=metadata.name%3Dc`)).body)).to.deep.equal(['c']);
    expect((await api.call('GET', `${ALL}?labelSelector=a%3Db%3Dc`)).body).to.include({ code: 400, reason: 'BadRequest' });
  });

  it('lists in parts without loss or repetition, while objects come and go', async () => {
    await create('a', 'b', 'c', 'd');
    const first = (await api.call('GET', `${SERVICES}?limit=2`)).body;
    const {
      continue: token,
      remainingItemCount,
      resourceVersion,
    } = first.metadata as { continue: string; remainingItemCount: number; resourceVersion: string };
    expect(names(first)).to.deep.equal(['a', 'b']);
    expect(remainingItemCount).to.equal(2);
    await api.call('DELETE', `${SERVICES}/b`);
    const second = (await api.call('GET', `${SERVICES}?limit=2&continue=${token}`)).body;
    expect(names(second)).to.deep.equal(['c', 'd']);
    expect(second.metadata).to.deep.equal({ resourceVersion });
    expect((await api.call('GET', `${SERVICES}?continue=x`)).code).to.equal(400);
    expect((await api.call('GET', `${SERVICES}?limit=-1`)).code).to.equal(400);
  });

  it('answers tables with ages, priorities and as much of each object as is asked for', async () => {
    await create('web');
    await api.clock.advance(125_000);
    const table = (await api.call('GET', SERVICES, { headers: TABLE })).body as {
      kind: string;
      columnDefinitions: { name: string; priority: number; format: string }[];
      rows: { cells: unknown[]; object: JsonObject | null }[];
    };
    expect(table.kind).to.equal('Table');
    expect(table.columnDefinitions[0]).to.include({ name: 'Name', format: 'name', priority: 0 });
    expect(table.columnDefinitions.find((column) => column.name === 'Image')?.priority).to.equal(1);
    expect(table.rows[0]?.cells).to.deep.equal(['web', 'replicated', '0/0', 0, 'Pending', '2m5s', 'app:1', null, null, null]);
    expect(table.rows[0]?.object).to.include({ kind: 'PartialObjectMetadata' });
    const full = (await api.call('GET', `${SERVICES}/web?includeObject=Object`, { headers: TABLE })).body as {
      rows: { object: JsonObject }[];
    };
    expect(full.rows[0]?.object).to.include({ kind: 'Service' });
  });

  it('answers metadata alone', async () => {
    await create('web');
    const headers = { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' };
    expect((await api.call('GET', SERVICES, { headers })).body).to.include({ kind: 'PartialObjectMetadataList' });
  });

  it('tells clients what there is', async () => {
    expect((await api.call('GET', '/version')).body).to.include({ gitVersion: 'v0.1.0' });
    expect((await api.call('GET', '/api')).body).to.deep.include({ versions: ['v1'] });
    const { resources } = (await api.call('GET', '/apis/dswarm/v1')).body as {
      resources: { name: string; verbs: string[]; shortNames?: string[] }[];
    };
    expect(resources.map((each) => each.name)).to.include.members([
      'services',
      'services/scale',
      'services/status',
      'nodes',
      'tasks',
      'sources',
      'events',
    ]);
    expect(resources.find((each) => each.name === 'tasks')?.verbs).to.deep.equal(['get', 'list', 'watch']);
    expect((await api.call('GET', '/openapi/v2')).code).to.equal(404);
  });

  it('has no namespace but default and those in use', async () => {
    await api.call('POST', SERVICES.replace('default', 'shop'), { body: manifest('web') });
    await api.call('POST', SERVICES.replace('default', 'lan').replace('services', 'networks'), {
      body: { apiVersion: 'dswarm/v1', kind: 'Network', metadata: { name: 'back' } },
    });
    expect(names((await api.call('GET', '/api/v1/namespaces')).body)).to.deep.equal(['default', 'lan', 'shop']);
    expect((await api.call('GET', '/api/v1/namespaces/none')).code).to.equal(404);
    expect(
      (await api.call('POST', '/api/v1/namespaces', { body: {}, headers: { 'content-type': 'application/vnd.kubernetes.protobuf' } })).body,
    ).to.include({ code: 405 });
  });

  it('answers paths that there are not with a Status', async () => {
    expect((await api.call('GET', '/apis/apps/v1/deployments')).body).to.include({ kind: 'Status', code: 404, reason: 'NotFound' });
  });

  it('is healthy, ready when the controller is, and measured', async () => {
    let why: string | undefined = 'reading the directory';
    const other = makeApi({ notReady: () => why });
    expect((await other.call('GET', '/healthz')).text).to.equal('ok');
    expect(await other.call('GET', '/readyz')).to.include({ code: 503, text: 'not ready: reading the directory' });
    why = undefined;
    expect((await other.call('GET', '/readyz')).code).to.equal(200);
    expect((await other.call('GET', '/metrics')).text).to.contain(
      'dswarm_api_request_duration_seconds_count{method="GET",route="/readyz",code="200"} 1',
    );
  });

  it('lists 10,000 tasks in far less than a second of CPU', async () => {
    const task = (index: number): AnyStored =>
      ({
        apiVersion: 'dswarm/v1',
        kind: 'Task',
        metadata: {
          name: `t${index}`,
          namespace: 'default',
          uid: `u${index}`,
          generation: 1,
          resourceVersion: '',
          creationTimestamp: '2026-01-01T00:00:00Z',
        },
        spec: { node: 'h1' },
      }) as unknown as AnyStored;
    await api.put(...Array.from({ length: 10_000 }, (_, index) => task(index)));
    const before = process.cpuUsage();
    await api.call('GET', '/apis/dswarm/v1/tasks?limit=500', { headers: TABLE });
    expect(cpuMs(before)).to.be.lessThan(500);
  });
});
