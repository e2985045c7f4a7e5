import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import type { ExecOptions, LogChunk } from '../../lib/ports/docker.ts';
import type { TaskStreams } from '../../lib/ports/streams.ts';
import { put, startApi, task, WEB, type TestApi } from './api.ts';

/** Hosts that answer as told: h1 has output, h2 is gone; exec echoes its input and ends with 3. */
function fakeStreams(): TaskStreams & { executed: ExecOptions[]; sizes: string[] } {
  const executed: ExecOptions[] = [];
  const sizes: string[] = [];
  return {
    executed,
    sizes,
    async *logs(of): AsyncGenerator<LogChunk> {
      if (of.spec.node === 'h2') throw new Error('the host cannot be reached');
      yield await Promise.resolve({ stream: 'stdout' as const, data: Buffer.from(`hello from ${of.metadata.name}\nhal`) });
      yield { stream: 'stderr', data: Buffer.from('oops\n') };
      yield { stream: 'stdout', data: Buffer.from('f\n') };
    },
    exec: (_, options) => {
      executed.push(options);
      const stream = new PassThrough();
      if (!options.stdin) stream.end(frame(1, 'out\n', 2, 'err\n'));
      return Promise.resolve({
        stream,
        resize: (columns: number, rows: number) => {
          sizes.push(`${columns}x${rows}`);
          return Promise.resolve();
        },
        exitCode: () => Promise.resolve(3),
      });
    },
  };
}

function frame(...parts: (number | string)[]): Buffer {
  const buffers: Buffer[] = [];
  for (let index = 0; index < parts.length; index += 2) {
    const payload = Buffer.from(String(parts[index + 1]));
    const header = Buffer.alloc(8);
    header.writeUInt8(Number(parts[index]), 0);
    header.writeUInt32BE(payload.length, 4);
    buffers.push(header, payload);
  }
  return Buffer.concat(buffers);
}

describe('output and commands of containers', () => {
  let api: TestApi;
  let streams: ReturnType<typeof fakeStreams>;
  beforeEach(async () => {
    streams = fakeStreams();
    api = await startApi({ streams });
    await api.dswarm('apply -f -', { stdin: WEB });
  });
  afterEach(async () => {
    await api.close();
  });

  it('logs of a service merge those of its tasks, each line behind its task and node', async () => {
    await put(api.store, task('web.1.abc'), task('other.1.abc', { service: 'other' }));
    const ran = await api.dswarm('logs web');
    expect(ran).to.deep.equal({ code: 0, err: '', out: 'web.1.abc@h1 | hello from web.1.abc\nweb.1.abc@h1 | oops\nweb.1.abc@h1 | half\n' });
  });

  it('logs go on past a host that is gone, and tell it', async () => {
    await put(api.store, task('web.1.abc'), task('web.2.def', { node: 'h2' }));
    const ran = await api.dswarm('logs service/web');
    expect(ran.out).to.include('hello from web.1.abc');
    expect(ran).to.deep.include({ code: 0, err: 'web.2.def@h2: the host cannot be reached\n' });
  });

  it('logs of one task have no prefix, unless asked for', async () => {
    await put(api.store, task('web.1.abc'));
    expect((await api.dswarm('logs task/web.1.abc')).out).to.equal('hello from web.1.abc\noops\nhalf\n');
    expect((await api.dswarm('logs web.1.abc --prefix')).out).to.match(/^web\.1\.abc@h1 \| hello/);
    expect((await api.dswarm('logs web --no-prefix')).out).to.match(/^hello/);
  });

  it('logs colour each task on a terminal, but not with NO_COLOR', async () => {
    await put(api.store, task('web.1.abc'));
    expect((await api.dswarm('logs web', { isTTY: true })).out).to.include('\u001b[36mweb.1.abc@h1 |\u001b[39m hello');
    expect((await api.dswarm('logs web', { isTTY: true, env: { NO_COLOR: '1' } })).out).to.match(/^web\.1\.abc@h1 \| hello/);
  });

  it('logs of what does not exist name it', async () => {
    expect((await api.dswarm('logs none')).err).to.match(/^error: there is no service or task "none" in namespace default/);
    expect((await api.dswarm('logs svc/none')).err).to.equal('Error from server (NotFound): services.dswarm "none" not found\n');
    expect((await api.dswarm('logs no/h1')).err).to.match(/^error: no\/h1 has no containers/);
  });

  it("exec passes on output, errors and the command's exit code", async () => {
    await put(api.store, task('web.1.abc'));
    const ran = await api.dswarm('exec web.1.abc -- ls -la /');
    expect(ran).to.deep.equal({ code: 3, out: 'out\n', err: 'err\n' });
    expect(streams.executed).to.deep.equal([{ command: ['ls', '-la', '/'], tty: false, stdin: false }]);
  });

  it('exec -i sends standard input to its end', async () => {
    await put(api.store, task('web.1.abc'));
    const input = frame(1, 'typed').toString('latin1');
    const ran = await api.dswarm('exec -i web.1.abc -- cat', { stdin: input });
    expect(ran).to.deep.equal({ code: 3, out: 'typed', err: '' });
  });

  it('exec of a service takes its first running task', async () => {
    await put(api.store, task('web.1.abc', { status: { state: 'Failed' } }), task('web.2.def'));
    expect((await api.dswarm('exec web -- true')).code).to.equal(3);
    expect((await api.dswarm('exec svc/web -- true')).code).to.equal(3);
  });

  it('exec without a running task says so', async () => {
    await put(api.store, task('web.1.abc', { status: { state: 'Failed' } }));
    expect((await api.dswarm('exec web -- true')).err).to.match(/^error: service\/web has no running task \(1 in all\)/);
  });

  it('exec -it without a terminal goes on without one', async () => {
    await put(api.store, task('web.1.abc'));
    const ran = await api.dswarm('exec -it web.1.abc -- sh', { stdin: '' });
    expect(ran.err).to.equal('Unable to use a TTY - input is not a terminal or the right kind of file\n');
    expect(streams.executed[0]).to.deep.include({ tty: false, stdin: true });
  });

  it('exec -it with a terminal starts the command in one of the same size', async () => {
    await put(api.store, task('web.1.abc'));
    const ran = await api.dswarm('exec -it web.1.abc -- sh', { answers: 'exit\n' });
    expect(ran).to.deep.equal({ code: 3, out: 'exit\n', err: '' });
    expect(streams).to.deep.include({ sizes: ['80x24'] });
  });
});
