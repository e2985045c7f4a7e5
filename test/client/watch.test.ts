import { expect } from 'chai';
import type { WatchEvent } from '../../lib/client/answers.ts';
import { StatusError } from '../../lib/client/status.ts';
import { watchOn } from '../../lib/client/watch.ts';

interface Thing {
  version: string;
}

async function* events(...given: [WatchEvent<Thing>['type'], string][]): AsyncGenerator<WatchEvent<Thing>> {
  for (const [type, version] of given) yield await Promise.resolve({ type, object: { version } });
}

describe('a watch', () => {
  it('goes on where it stood when the server ends it, and keeps bookmarks to itself', async () => {
    const abort = new AbortController();
    const opened: string[] = [];
    const streams = [events(['ADDED', '5'], ['BOOKMARK', '9']), events(['DELETED', '12'])];
    const seen: string[] = [];
    const watching = watchOn<Thing>({
      resourceVersion: '3',
      open: (version) => {
        opened.push(version);
        return streams.shift() ?? events();
      },
      revisionOf: (thing) => thing.version,
      signal: abort.signal,
    });
    for await (const event of watching) {
      seen.push(`${event.type} ${event.object.version}`);
      if (event.type === 'DELETED') abort.abort();
    }
    expect({ opened, seen }).to.deep.equal({ opened: ['3', '9'], seen: ['ADDED 5', 'DELETED 12'] });
  });

  it('throws what the server tells as an error', async () => {
    const expired = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' };
    const watching = watchOn<unknown>({
      resourceVersion: '1',
      open: async function* () {
        yield await Promise.resolve({ type: 'ERROR' as const, object: expired });
      },
      revisionOf: () => undefined,
      signal: new AbortController().signal,
    });
    let thrown: unknown;
    try {
      await watching.next();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).to.be.instanceOf(StatusError).with.property('reason', 'Expired');
  });
});
