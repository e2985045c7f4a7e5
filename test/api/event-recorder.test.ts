import { expect } from 'chai';
import { createEventRecorder, type EventRecorder } from '../../lib/api/event-recorder.ts';
import { silentLog } from '../../lib/ports/log.ts';
import type { JsonObject } from '../../lib/types/objects.ts';
import { FakeIds } from '../fakes/ids.ts';
import { makeApi, manifest, SERVICES, type TestApi } from './fixture.ts';

const WEB = { kind: 'Service', namespace: 'default', name: 'web' } as const;

describe('Events', () => {
  let api: TestApi;
  let recorder: EventRecorder;
  beforeEach(() => {
    api = makeApi();
    recorder = createEventRecorder({ ...api.deps, ids: new FakeIds(9), log: silentLog, capacity: 5 });
  });

  const events = () => api.deps.store.snapshot().list('Event');

  it('are gathered and written together', async () => {
    recorder.emit(WEB, 'Normal', 'Created', 'one');
    recorder.emit(WEB, 'Normal', 'Created', 'two');
    expect(events()).to.have.length(0);
    await api.clock.advance(200);
    expect(events()).to.have.length(2);
    expect(api.deps.store.snapshot().revision).to.equal(1);
  });

  it('said again are counted, not repeated', async () => {
    for (let round = 0; round < 3; round += 1) {
      recorder.emit(WEB, 'Warning', 'CannotPlace', 'no node');
      recorder.emit(WEB, 'Warning', 'CannotPlace', 'no node');
      await api.clock.advance(1000);
    }
    expect(events()).to.have.length(1);
    expect(events()[0]).to.deep.include({
      count: 6,
      firstTimestamp: '2026-01-01T00:00:00.000Z',
      lastTimestamp: '2026-01-01T00:00:02.000Z',
    });
  });

  it('are kept up to a number, the oldest go first', async () => {
    for (let index = 0; index < 8; index += 1) {
      recorder.emit(WEB, 'Normal', 'Step', `step ${index}`);
      await api.clock.advance(1000);
    }
    expect(
      events()
        .map((event) => event.message)
        .sort(),
    ).to.deep.equal(['step 3', 'step 4', 'step 5', 'step 6', 'step 7']);
  });

  it('that are still gathered are written on close', async () => {
    recorder.emit(WEB, 'Normal', 'Stopping', 'bye');
    await recorder.close();
    expect(events()).to.have.length(1);
    expect(api.clock.pending).to.equal(0);
  });

  it('are found by what they are about, as Kubernetes events too', async () => {
    const made = await api.call('POST', SERVICES, { body: manifest('web') });
    const { uid } = made.body.metadata as { uid: string };
    recorder.emit(WEB, 'Normal', 'Created', 'made');
    recorder.emit({ kind: 'Node', name: 'h1' }, 'Warning', 'Unreachable', 'no answer');
    await recorder.close();
    const selector = encodeURIComponent(
      `involvedObject.kind=Service,involvedObject.name=web,involvedObject.namespace=default,involvedObject.uid=${uid}`,
    );
    const { body } = await api.call('GET', `/api/v1/namespaces/default/events?fieldSelector=${selector}`);
    const items = body.items as JsonObject[];
    expect(items).to.have.length(1);
    expect(items[0]).to.deep.include({ apiVersion: 'v1', kind: 'Event', reason: 'Created', message: 'made', type: 'Normal', count: 1 });
    const ofNode = await api.call(
      'GET',
      `/api/v1/events?fieldSelector=${encodeURIComponent('involvedObject.kind=Node,involvedObject.namespace=')}`,
    );
    expect(ofNode.body.items).to.have.length(1);
  });
});
