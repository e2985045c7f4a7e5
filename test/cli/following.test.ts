import { expect } from 'chai';
import type { StoredEvent } from '../../lib/types/objects.ts';
import { meta, put, startApi, task, WEB, type TestApi } from './api.ts';
import { NOW } from './support.ts';

function event(name: string, reason: string, more: Partial<StoredEvent> = {}): StoredEvent {
  return {
    apiVersion: 'dswarm/v1',
    kind: 'Event',
    metadata: meta(name, 'default'),
    involvedObject: { kind: 'Service', namespace: 'default', name: 'web' },
    reason,
    message: `it was ${reason}`,
    type: 'Normal',
    lastTimestamp: new Date(NOW - 10_000).toISOString(),
    ...more,
  };
}

describe('following what changes', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startApi();
    await api.dswarm('apply -f -', { stdin: WEB });
  });
  afterEach(async () => {
    await api.close();
  });

  /** Runs until the output matches, doing something at each step on the way. */
  const runUntil = async (words: string, steps: [RegExp, () => Promise<unknown>][]): Promise<string> => {
    const abort = new AbortController();
    const left = [...steps];
    let pending = Promise.resolve<unknown>(undefined);
    const { out } = await api.dswarm(words, {
      signal: abort.signal,
      onOutput: (text) => {
        const [next] = left;
        if (next === undefined || !next[0].test(text)) return;
        left.shift();
        pending = next[1]();
        if (left.length === 0) abort.abort();
      },
    });
    await pending;
    return out;
  };
  const nothing = (): Promise<void> => Promise.resolve();

  it('get -w goes on with what is new', async () => {
    const out = await runUntil('get svc -w', [
      [/\nweb /, (): Promise<unknown> => api.dswarm('apply -f -', { stdin: WEB.replaceAll('web', 'db') })],
      [/\ndb /, nothing],
    ]);
    expect(out).to.match(/^NAME .*\nweb .*\ndb .*\n$/);
  });

  it('get -w of one object leaves the others out', async () => {
    const out = await runUntil('get svc web -w', [
      [
        /\nweb /,
        async (): Promise<void> => {
          await api.dswarm('apply -f -', { stdin: WEB.replaceAll('web', 'db') });
          await api.dswarm('scale svc/web --replicas 5');
        },
      ],
      [/\nweb .*\nweb /, nothing],
    ]);
    expect(out).not.to.include('db');
  });

  it('get -w -o name prints names', async () => {
    const out = await runUntil('get svc -w -o name', [
      [/^service\/web\n/, (): Promise<unknown> => api.dswarm('scale svc/web --replicas 5')],
      [/^service\/web\nservice\/web\n/, nothing],
    ]);
    expect(out).to.equal('service/web\nservice/web\n');
  });

  it('events lists them by time, and filters', async () => {
    await put(
      api.store,
      event('b', 'Later', { lastTimestamp: new Date(NOW - 1000).toISOString() }),
      event('a', 'Earlier', { count: 3, firstTimestamp: new Date(NOW - 60_000).toISOString() }),
    );
    await put(api.store, event('c', 'Bad', { type: 'Warning', involvedObject: { kind: 'Node', name: 'h1' } }));
    const { out } = await api.dswarm('events --for svc/web');
    expect(out.split('\n').map((line) => line.trim().split(/ {2,}/))).to.deep.equal([
      ['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'],
      ['10s (x3 over 60s)', 'Normal', 'Earlier', 'service/web', 'it was Earlier'],
      ['1s', 'Normal', 'Later', 'service/web', 'it was Later'],
      [''],
    ]);
    expect((await api.dswarm('events --types Warning --no-headers')).out).to.match(/^10s +Warning +Bad +node\/h1/);
    expect((await api.dswarm('events -n empty')).err).to.equal('No events found in empty namespace.\n');
  });

  it('events -w goes on', async () => {
    await put(api.store, event('a', 'First'));
    const out = await runUntil('events -w', [
      [/First/, (): Promise<unknown> => put(api.store, event('b', 'Second'))],
      [/Second/, nothing],
    ]);
    expect(out.match(/LAST SEEN/g)).to.have.length(1);
  });

  it('wait returns as soon as the condition is met', async () => {
    const waiting = api.dswarm("wait svc/web --for=jsonpath='{.spec.replicas}'=4 --timeout=5s", { now: () => 0 });
    await api.dswarm('scale svc/web --replicas 4');
    expect(await waiting).to.deep.equal({ code: 0, out: 'service/web condition met\n', err: '' });
  });

  it('wait gives up at its timeout', async () => {
    const ran = await api.dswarm('wait svc/web --for=condition=Ready --timeout=0');
    expect(ran).to.deep.include({ code: 1, out: '' });
    expect(ran.err).to.match(/^error: timed out waiting for the condition on service\/web \[DSW_CLI_TIMEOUT\]\n/);
  });

  it('wait for delete succeeds when there is nothing; for a condition it does not', async () => {
    expect((await api.dswarm('wait svc/none --for=delete')).code).to.equal(0);
    expect((await api.dswarm('wait svc/none --for=condition=Ready')).err).to.equal(
      'Error from server (NotFound): services.dswarm "none" not found\n',
    );
    expect((await api.dswarm('wait svc -l app=none --for=condition=Ready')).err).to.match(/^error: no matching resources found/);
    await put(api.store, task('web.1.abc'));
    expect((await api.dswarm('wait tasks --all --for=jsonpath={.status.state}=Running')).out).to.equal('task/web.1.abc condition met\n');
  });
});
