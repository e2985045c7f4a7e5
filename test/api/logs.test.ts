import { expect } from 'chai';
import { splitLines } from '../../lib/api/log-lines.ts';
import type { LogFrame } from '../../lib/api/logs.ts';
import type { LogChunk, LogOptions } from '../../lib/ports/docker.ts';
import type { TaskStreams } from '../../lib/ports/streams.ts';
import type { AnyStored, StoredTask } from '../../lib/types/objects.ts';
import { Fanout } from '../fakes/streams.ts';
import { makeApi, manifest, SERVICES, type TestApi } from './fixture.ts';
import { onSocket, openStream, type OnSocket } from './socket.ts';

const chunk = (text: string, stream: LogChunk['stream'] = 'stdout'): LogChunk => ({ stream, data: Buffer.from(text) });

const task = (name: string, node = 'h1', containerId: string | undefined = `c-${name}`): StoredTask =>
  ({
    apiVersion: 'dswarm/v1',
    kind: 'Task',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      generation: 1,
      resourceVersion: '',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: { service: 'web', node },
    status: { state: 'Running', containerId },
  }) as unknown as StoredTask;

/** Output of tasks by name, fed by the test; nodes in `gone` do not answer. */
class FakeStreams implements TaskStreams {
  readonly outputs = new Map<string, Fanout<LogChunk>>();
  readonly asked: { task: string; options: LogOptions }[] = [];
  readonly gone = new Set<string>();

  of(name: string): Fanout<LogChunk> {
    const output = this.outputs.get(name) ?? new Fanout<LogChunk>();
    this.outputs.set(name, output);
    return output;
  }

  async *logs(of: StoredTask, options: LogOptions): AsyncGenerator<LogChunk> {
    this.asked.push({ task: of.metadata.name, options });
    if (this.gone.has(of.spec.node)) throw new Error(`${of.spec.node} does not answer`);
    yield* this.of(of.metadata.name).read(options.signal);
  }

  exec(): Promise<never> {
    return Promise.reject(new Error('not here'));
  }
}

describe('Logs', () => {
  let api: TestApi;
  let streams: FakeStreams;
  let socket: OnSocket;
  beforeEach(async () => {
    streams = new FakeStreams();
    api = makeApi({ streams });
    socket = await onSocket(api);
    await api.call('POST', SERVICES, { body: manifest('web') });
  });
  afterEach(() => socket.dispose());

  const open = (path: string) => openStream<LogFrame>(socket.path, path);
  const reading = async (name: string, readers = 1): Promise<void> => {
    while (streams.of(name).size < readers) await api.clock.flush();
  };
  const put = (...objects: AnyStored[]) => api.put(...objects);

  it('of a service are those of its tasks, merged, each line with its task and node (conformance C197)', async () => {
    await put(task('web.1.a', 'h1'), task('web.2.b', 'h2'), { ...task('db.1.c'), spec: { ...task('db.1.c').spec, service: 'db' } });
    const { next, ended } = await open(`${SERVICES}/web/log?tailLines=5&sinceSeconds=60&timestamps=true`);
    await reading('web.1.a');
    await reading('web.2.b');
    streams.of('web.1.a').push(chunk('one\ntw'));
    streams.of('web.2.b').push(chunk('oops\n', 'stderr'));
    expect(await next()).to.deep.equal({ task: 'web.1.a', node: 'h1', stream: 'stdout', line: 'one' });
    expect(await next()).to.deep.equal({ task: 'web.2.b', node: 'h2', stream: 'stderr', line: 'oops' });
    streams.of('web.1.a').push(chunk('o\n'));
    expect((await next()).line).to.equal('two');
    for (const name of ['web.1.a', 'web.2.b']) streams.of(name).end();
    await ended;
    expect(streams.asked.map((each) => each.task)).to.deep.equal(['web.1.a', 'web.2.b']);
    expect(streams.asked[0]?.options).to.include({ follow: false, tail: 5, since: api.clock.now() - 60_000, timestamps: true });
  });

  it('name a host that does not answer, and go on with the others', async () => {
    streams.gone.add('h1');
    await put(task('web.1.a', 'h1'), task('web.2.b', 'h2'));
    const { next } = await open(`${SERVICES}/web/log`);
    expect(await next()).to.include({ task: 'web.1.a', node: 'h1', error: 'h1 does not answer' });
    await reading('web.2.b');
    streams.of('web.2.b').push(chunk('fine\n'));
    expect((await next()).line).to.equal('fine');
  });

  it('of a task whose container is gone are its last lines; a service leaves it out (conformance C197)', async () => {
    const retired = {
      ...task('web.1.a'),
      status: { state: 'Failed', containerId: 'c', retiredAt: '2026-01-01T00:00:00.000Z', lastLog: 'no\ndb' },
    };
    await put(retired as StoredTask);
    const { next } = await open(`${SERVICES.replace('services', 'tasks')}/web.1.a/log`);
    expect([(await next()).line, (await next()).line]).to.deep.equal(['no', 'db']);
    expect((await next()).error).to.equal('its container is gone; its last lines are shown');
    const service = await open(`${SERVICES}/web/log`);
    await service.ended;
    expect(streams.asked).to.deep.equal([]);
  });

  it('of a service are those of the task before where one waits to be started again', async () => {
    const of = (name: string, slot: string, status: object): StoredTask => {
      const made = task(name);
      return { ...made, spec: { ...made.spec, slot }, status: { state: 'Ready', ...status } };
    };
    const ended = (name: string, slot: string, second: number, lastLog: string): StoredTask =>
      of(name, slot, { state: 'Failed', retiredAt: `2026-01-01T00:00:0${String(second)}.000Z`, lastLog });
    await put(ended('web.1.a', '1', 1, 'first'), ended('web.1.b', '1', 2, 'second'), of('web.1.c', '1', {}));
    await put(ended('web.2.a', '2', 1, 'other'), of('web.2.b', '2', { state: 'Running', containerId: 'c' }));
    const { next } = await open(`${SERVICES}/web/log`);
    expect(await next()).to.include({ task: 'web.1.b', line: 'second' });
    expect((await next()).error).to.equal('its container is gone; its last lines are shown');
    await reading('web.2.b');
    expect(streams.asked.map((each) => each.task)).to.deep.equal(['web.2.b']);
  });

  it('that are followed take in new tasks from their beginning, and go on where a task was lost (conformance C197)', async () => {
    await put(task('web.1.a'));
    const { next } = await open(`${SERVICES}/web/log?follow=true&tailLines=1`);
    await reading('web.1.a');
    await put(task('web.2.b'));
    await reading('web.2.b');
    expect(streams.asked[1]?.options).to.include({ follow: true, tail: undefined, since: undefined });
    streams.of('web.1.a').end(new Error('connection lost'));
    expect((await next()).error).to.equal('connection lost');
    await api.clock.flush();
    await put({ ...task('web.1.a'), status: { ...task('web.1.a').status, message: 'back' } });
    await reading('web.1.a');
    expect(streams.asked[2]?.options.since).to.equal(api.clock.now());
    streams.of('web.1.a').push(chunk('again\n'));
    expect((await next()).line).to.equal('again');
  });

  it('end when the reader leaves', async () => {
    await put(task('web.1.a'));
    const { close } = await open(`${SERVICES}/web/log?follow=true`);
    await reading('web.1.a');
    close();
    while (streams.of('web.1.a').size > 0) await api.clock.flush();
  });

  it('of one task, and of none that there is not (conformance C197)', async () => {
    await put(task('web.1.a'), task('web.2.b'));
    const { next } = await open('/apis/dswarm/v1/namespaces/default/tasks/web.2.b/log');
    await reading('web.2.b');
    streams.of('web.2.b').push(chunk('only\n'));
    expect((await next()).line).to.equal('only');
    expect((await open(`${SERVICES}/none/log`)).response.statusCode).to.equal(404);
    expect((await open(`${SERVICES}/web/log?tailLines=x`)).response.statusCode).to.equal(400);
  });
});

describe('Lines of a log', () => {
  async function* from(chunks: LogChunk[]): AsyncGenerator<LogChunk> {
    for (const each of chunks) yield await Promise.resolve(each);
  }
  const linesOf = async (chunks: LogChunk[]): Promise<string[]> => {
    const lines: string[] = [];
    for await (const { line } of splitLines(from(chunks))) lines.push(line);
    return lines;
  };

  it('are put together from chunks cut anywhere, within characters too', async () => {
    const bytes = Buffer.from('grün\r\nz');
    const cut = [...bytes].map((byte): LogChunk => ({ stream: 'stdout', data: Buffer.from([byte]) }));
    expect(await linesOf(cut)).to.deep.equal(['grün', 'z']);
  });

  it('without an end are cut, so that they do not fill the memory', async () => {
    const lines = await linesOf([chunk('x'.repeat(600_000))]);
    expect(lines.map((line) => line.length)).to.deep.equal([262_144, 262_144, 75_712]);
  });
});
