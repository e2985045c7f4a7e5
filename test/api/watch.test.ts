import { expect } from 'chai';
import type { JsonObject } from '../../lib/types/objects.ts';
import { makeApi, manifest, SERVICES, type TestApi } from './fixture.ts';
import { onSocket, open, openStream, type OnSocket } from './socket.ts';

interface Told {
  type: string;
  object: JsonObject & { metadata: { name?: string; resourceVersion: string; annotations?: object } };
}

describe('A watch', () => {
  let api: TestApi;
  let socket: OnSocket;
  beforeEach(async () => {
    api = makeApi({ limits: { streams: 3, backlog: 1_000_000 } });
    socket = await onSocket(api);
  });
  afterEach(() => socket.dispose());

  const watch = (query: string) => openStream<Told>(socket.path, `${SERVICES}?watch=true&${query}`);
  const create = (name: string, labels: JsonObject = {}) => api.call('POST', SERVICES, { body: manifest(name, {}, { labels }) });
  const label = (name: string, labels: JsonObject) =>
    api.call('PATCH', `${SERVICES}/${name}`, {
      body: { metadata: { labels } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });

  it('tells what is there, then each change, with the revision to resume from', async () => {
    await create('a');
    const { next } = await watch('');
    expect(await next()).to.include({ type: 'ADDED' });
    await label('a', { x: '1' });
    expect(await next()).to.include({ type: 'MODIFIED' });
    await api.call('DELETE', `${SERVICES}/a`);
    const deleted = await next();
    expect(deleted.type).to.equal('DELETED');
    expect(deleted.object.metadata.resourceVersion).to.equal('3');
  });

  it('from a revision tells what came after, and nothing twice', async () => {
    await create('a');
    await create('b');
    const { next } = await watch('resourceVersion=1');
    expect((await next()).object.metadata.name).to.equal('b');
    await create('c');
    expect((await next()).object.metadata.name).to.equal('c');
  });

  it('with a selector adds what begins to match and deletes what ceases to', async () => {
    await create('a');
    const { next } = await watch('resourceVersion=1&labelSelector=x');
    await label('a', { x: '1' });
    expect((await next()).type).to.equal('ADDED');
    await label('a', { y: '1' });
    expect((await next()).type).to.equal('MODIFIED');
    await label('a', { x: null });
    expect((await next()).type).to.equal('DELETED');
  });

  it('from too far back is Expired', async () => {
    for (let index = 0; index < 200; index += 1) await label('a', { x: String(index) }).then(() => create(`s${index}`));
    const { next, ended } = await watch('resourceVersion=1');
    expect(await next()).to.deep.nested.include({ type: 'ERROR', 'object.code': 410, 'object.reason': 'Expired' });
    await ended;
  });

  it('keeps clients up to date with bookmarks, and ends when its time is up', async () => {
    await create('a');
    const { next, ended } = await watch('resourceVersion=1&allowWatchBookmarks=true&timeoutSeconds=90');
    await api.call('POST', SERVICES.replace('default', 'other'), { body: manifest('b') });
    await api.clock.advance(61_000);
    const bookmark = await next();
    expect(bookmark.type).to.equal('BOOKMARK');
    expect(bookmark.object.metadata.resourceVersion).to.equal('2');
    await api.clock.advance(30_000);
    await ended;
    expect(api.clock.pending).to.equal(0);
  });

  it('can begin with all there is, marked by a bookmark', async () => {
    await create('a');
    const { next } = await watch('sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true');
    expect((await next()).type).to.equal('ADDED');
    expect((await next()).object.metadata.annotations).to.deep.equal({ 'k8s.io/initial-events-end': 'true' });
  });

  it('that nobody reads is dropped (fault 96)', async () => {
    const slow = open(socket.path, `${SERVICES}?watch=true`);
    await new Promise((resolve) => slow.on('response', (response) => resolve(response.pause())).end());
    const big = { text: 'x'.repeat(100_000) };
    for (let index = 0; index < 60; index += 1) {
      await api.call('POST', SERVICES, { body: manifest(`s${index}`, {}, { annotations: big }) });
    }
    expect((await api.call('GET', '/metrics')).text).to.contain('dswarm_api_watches_dropped_total 1');
    slow.destroy();
  });

  it('beyond the limit is refused, and a place is free again once one leaves (fault 96)', async () => {
    const open3 = [await watch(''), await watch(''), await watch('')];
    const refused = await watch('');
    expect(refused.response.statusCode).to.equal(429);
    open3[0]?.close();
    await open3[0]?.ended;
    while (!(await api.call('GET', '/metrics')).text.includes('dswarm_api_watches 2')) await api.clock.flush();
    expect((await watch('')).response.statusCode).to.equal(200);
  });

  it('that makes no sense is refused at once', async () => {
    expect((await watch('resourceVersion=x')).response.statusCode).to.equal(400);
    expect((await watch('timeoutSeconds=-1')).response.statusCode).to.equal(400);
  });
});
