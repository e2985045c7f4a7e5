import { expect } from 'chai';
import type { ManifestFiles, StoredManifest } from '../../lib/api/deps.ts';
import { admit } from '../../lib/manifest/admit.ts';
import { BASELINE } from '../../lib/manifest/policy.ts';
import { toStored } from '../../lib/manifest/stored.ts';
import { DswarmError } from '../../lib/errors/error.ts';
import type { Store } from '../../lib/ports/store.ts';
import { refOf, type Admitted, type JsonObject } from '../../lib/types/objects.ts';
import { makeApi, manifest, NODES, SERVICES, type TestApi } from './fixture.ts';

const WEB = `${SERVICES}/web`;
const MERGE = { 'content-type': 'application/merge-patch+json' };

/** A directory that takes what is written into it to the store at once, as the real one does. */
class FakeFiles implements ManifestFiles {
  readonly calls: string[] = [];
  store: Store | undefined;

  async write(before: StoredManifest, after: Admitted): Promise<void> {
    this.calls.push(`write ${after.metadata.name} ${Object.keys(after.metadata.annotations ?? {}).join()}`.trim());
    await this.#bring(after, this.store?.snapshot().get(refOf(before)) as StoredManifest);
  }

  async create(object: Admitted): Promise<void> {
    this.calls.push(`create ${object.metadata.name}`);
    await this.#bring(object);
  }

  async remove(object: StoredManifest): Promise<void> {
    this.calls.push(`remove ${object.metadata.name}`);
    await this.store?.commit([{ delete: refOf(object) }]);
  }

  confirm(source: string, token: string): Promise<void> {
    this.calls.push(`confirm ${source} ${token}`);
    return Promise.resolve();
  }

  async #bring(object: Admitted, previous?: StoredManifest): Promise<void> {
    await this.store?.commit([{ put: toStored(object, { previous, uid: 'from-file', now: '2026-01-01T00:00:00Z', file: 'web.yaml' }) }]);
  }
}

describe('An object that a file owns', () => {
  let files: FakeFiles;
  let api: TestApi;
  beforeEach(async () => {
    files = new FakeFiles();
    api = makeApi({ files });
    files.store = api.deps.store;
    const admitted = admit({ value: manifest('web', {}, { namespace: 'default' }) }, { policy: BASELINE }).object;
    if (admitted !== undefined) await files.create(admitted);
    files.calls.length = 0;
  });

  const annotations = async (): Promise<JsonObject> => ((await api.call('GET', WEB)).body.metadata as JsonObject).annotations as JsonObject;

  it("is changed in its file, and stays its file's", async () => {
    const reply = await api.call('PATCH', WEB, { body: { spec: { replicas: 4 } }, headers: MERGE });
    expect(reply.code).to.equal(200);
    expect(files.calls).to.deep.equal(['write web']);
    expect(reply.body.spec).to.include({ replicas: 4 });
    expect(await annotations()).to.deep.equal({ 'dswarm/source': 'file:web.yaml' });
  });

  it('keeps what clients note for themselves in the store, not in the file', async () => {
    const note = 'kubectl.kubernetes.io/last-applied-configuration';
    await api.call('PATCH', WEB, { body: { metadata: { annotations: { [note]: '{}' } } }, headers: MERGE });
    expect(files.calls).to.deep.equal([]);
    expect(await annotations()).to.include({ [note]: '{}' });
    await api.call('PATCH', WEB, { body: { spec: { replicas: 2 }, metadata: { annotations: { mine: '1' } } }, headers: MERGE });
    expect(files.calls).to.deep.equal(['write web mine']);
    expect(await annotations()).to.include({ [note]: '{}', mine: '1' });
  });

  it('is not written when nothing changes, nor in a dry run', async () => {
    await api.call('PATCH', WEB, { body: { spec: { image: 'app:1' } }, headers: MERGE });
    await api.call('PATCH', `${WEB}?dryRun=All`, { body: { spec: { image: 'app:2' } }, headers: MERGE });
    expect(files.calls).to.deep.equal([]);
  });

  it('keeps the owners of its fields over server-side applies', async () => {
    const apply = (spec: JsonObject) =>
      api.call('PATCH', `${WEB}?fieldManager=ci`, {
        body: manifest('web', spec),
        headers: { 'content-type': 'application/apply-patch+yaml' },
      });
    await apply({ env: { A: '1', B: '2' } });
    expect((await apply({ env: { B: '2' } })).body.spec).to.deep.include({ env: { B: '2' } });
  });

  it('cannot be taken from its file by a client', async () => {
    const forged = await api.call('PATCH', WEB, {
      body: { metadata: { annotations: { 'dswarm/source': 'file:other.yaml' } } },
      headers: MERGE,
    });
    expect(forged.code).to.equal(422);
  });

  it('goes with its part of the file', async () => {
    expect((await api.call('DELETE', WEB)).code).to.equal(200);
    expect(files.calls).to.deep.equal(['remove web']);
    expect((await api.call('GET', WEB)).code).to.equal(404);
  });

  it('that the file cannot take is refused with the reason', async () => {
    files.write = () => Promise.reject(new DswarmError('DSW_STORE_UNAVAILABLE', 'the file is read-only'));
    const reply = await api.call('PATCH', WEB, { body: { spec: { replicas: 4 } }, headers: MERGE });
    expect(reply.body).to.include({ code: 503 });
    expect(reply.body.message).to.contain('the file is read-only');
  });

  it('can be made as a new file', async () => {
    const body = { apiVersion: 'dswarm/v1', kind: 'Node', metadata: { name: 'h1' }, spec: { ssh: { host: '192.0.2.1' } } };
    expect((await api.call('POST', `${NODES}?into=directory`, { body })).code).to.equal(201);
    expect(files.calls).to.deep.equal(['create h1']);
    expect((await api.call('POST', `${NODES}?into=directory`, { body })).code).to.equal(409);
    expect((await makeApi().call('POST', `${NODES}?into=directory`, { body })).body).to.include({ code: 501 });
  });
});

describe('A source', () => {
  it('is confirmed with its token', async () => {
    const files = new FakeFiles();
    const api = makeApi({ files });
    const metadata = { name: 'manifests', uid: 'u', generation: 1, resourceVersion: '', creationTimestamp: '2026-01-01T00:00:00Z' };
    await api.put({ apiVersion: 'dswarm/v1', kind: 'Source', metadata, spec: { type: 'directory', path: '/m' } });
    const path = '/apis/dswarm/v1/sources/manifests/confirm';
    expect((await api.call('POST', path, { body: { token: 't1' } })).code).to.equal(200);
    expect(files.calls).to.deep.equal(['confirm manifests t1']);
    expect((await api.call('POST', path, { body: {} })).code).to.equal(400);
    expect((await api.call('POST', path.replace('manifests', 'none'), { body: { token: 't1' } })).code).to.equal(404);
  });
});

describe('A plan', () => {
  it('tells what would change and which steps that would cause, and changes nothing', async () => {
    const seen: string[] = [];
    const api = makeApi({
      preview: (changes) => {
        seen.push(...changes.map(({ action, object }) => `${action} ${object.metadata.name}`));
        return [{ node: 'h1', text: 'create web.1 on h1' }];
      },
    });
    for (const name of ['same', 'changed']) await api.call('POST', SERVICES, { body: manifest(name) });
    const items = [manifest('same'), manifest('changed', { replicas: 2 }), manifest('new')];
    const { code, body } = await api.call('POST', '/apis/dswarm/v1/plan', { body: { items } });
    expect(code).to.equal(200);
    expect(body.changes).to.deep.equal([
      { ref: { kind: 'Service', namespace: 'default', name: 'same' }, action: 'unchanged' },
      { ref: { kind: 'Service', namespace: 'default', name: 'changed' }, action: 'configure' },
      { ref: { kind: 'Service', namespace: 'default', name: 'new' }, action: 'create' },
    ]);
    expect(body.steps).to.deep.equal([{ node: 'h1', text: 'create web.1 on h1' }]);
    expect(seen).to.deep.equal(['unchanged same', 'configure changed', 'create new']);
    expect(api.deps.store.snapshot().list('Service')).to.have.length(2);
    expect((await api.call('POST', '/apis/dswarm/v1/plan', { body: { items: [{ kind: 'Pod', metadata: { name: 'x' } }] } })).code).to.equal(
      400,
    );
  });
});
