import type { IncomingMessage } from 'node:http';
import { duplexPair } from './duplex-pair.ts';
import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import type { ExecOptions, ExecSession } from '../../lib/ports/docker.ts';
import type { TaskStreams } from '../../lib/ports/streams.ts';
import { createFrameDecoder, encodeFrame, FRAME, type Frame } from '../../lib/types/exec-frames.ts';
import type { AnyStored } from '../../lib/types/objects.ts';
import { makeApi, type TestApi } from './fixture.ts';
import { onSocket, open, type OnSocket } from './socket.ts';

const TASK = '/apis/dswarm/v1/namespaces/default/tasks/web.1.a/exec';
const task = {
  apiVersion: 'dswarm/v1',
  kind: 'Task',
  metadata: {
    name: 'web.1.a',
    namespace: 'default',
    uid: 'u',
    generation: 1,
    resourceVersion: '',
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
  spec: { service: 'web', node: 'h1' },
  status: { containerId: 'c' },
} as unknown as AnyStored;

describe('Exec', () => {
  let api: TestApi;
  let socket: OnSocket;
  /** The engine's end of the session. */
  let engine: Duplex;
  const asked: ExecOptions[] = [];
  const sizes: string[] = [];
  beforeEach(async () => {
    asked.length = 0;
    sizes.length = 0;
    const [ours, theirs] = duplexPair();
    engine = theirs;
    const session: ExecSession = {
      stream: ours,
      resize: (columns, rows) => {
        sizes.push(`${columns}x${rows}`);
        return Promise.resolve();
      },
      exitCode: () => Promise.resolve(7),
    };
    const streams: TaskStreams = {
      logs: () => {
        throw new Error('not here');
      },
      exec: (_task, options) => {
        asked.push(options);
        return Promise.resolve(session);
      },
    };
    api = makeApi({ streams });
    socket = await onSocket(api);
    await api.put(task);
  });
  afterEach(() => socket.dispose());

  const upgrade = (path: string): Promise<{ code: number; stream: Duplex | undefined; next: () => Promise<Frame> }> =>
    new Promise((resolve, reject) => {
      const call = open(socket.path, path, { method: 'POST', headers: { connection: 'Upgrade', upgrade: 'dswarm-exec' } });
      call.on('response', (response: IncomingMessage) =>
        resolve({ code: response.statusCode ?? 0, stream: undefined, next: () => Promise.reject(new Error('refused')) }),
      );
      call.on('upgrade', (_response, stream: Duplex) => resolve({ code: 101, stream, next: readFrames(stream) }));
      call.on('error', reject);
      call.end();
    });

  it('passes input, output, sizes and at last the exit code', async () => {
    const { stream, next } = await upgrade(`${TASK}?command=sh&command=-c&command=cat&tty=true&stdin=true&columns=80&rows=24`);
    expect(asked).to.deep.equal([{ command: ['sh', '-c', 'cat'], tty: true, stdin: true }]);
    stream?.write(encodeFrame(FRAME.STDIN, Buffer.from('hello')));
    engine.once('data', (data: Buffer) => engine.write(data));
    expect((await next()).payload.toString()).to.equal('hello');
    stream?.write(encodeFrame(FRAME.RESIZE, Buffer.from('{"columns":100,"rows":30}')));
    stream?.write(encodeFrame(FRAME.STDIN, Buffer.alloc(0)));
    engine.once('end', () => engine.end());
    const exit = await next();
    expect(exit.type).to.equal(FRAME.EXIT);
    expect(JSON.parse(exit.payload.toString())).to.deep.equal({ code: 7 });
    expect(sizes).to.deep.equal(['80x24', '100x30']);
  });

  it('without a terminal keeps output and errors apart', async () => {
    const { next } = await upgrade(`${TASK}?command=ls`);
    engine.write(encodeFrame(FRAME.STDOUT, Buffer.from('out')));
    engine.write(encodeFrame(FRAME.STDERR, Buffer.from('err')));
    const frames = [await next(), await next()];
    expect(frames.map((frame) => `${frame.type} ${frame.payload.toString()}`)).to.deep.equal(['1 out', '2 err']);
  });

  it('ends the command when the client leaves', async () => {
    const { stream } = await upgrade(`${TASK}?command=sh`);
    const closed = new Promise((resolve) => engine.once('close', resolve));
    stream?.destroy();
    await closed;
  });

  it('is refused as HTTP: no task, no command, another path', async () => {
    expect((await upgrade(TASK.replace('web.1.a', 'none') + '?command=sh')).code).to.equal(404);
    expect((await upgrade(TASK)).code).to.equal(400);
    expect((await upgrade('/version')).code).to.equal(400);
  });
});

function readFrames(stream: Duplex): () => Promise<Frame> {
  const decode = createFrameDecoder();
  const frames: Frame[] = [];
  const waiting: ((frame: Frame) => void)[] = [];
  stream.on('data', (chunk: Buffer) => {
    for (const frame of decode(chunk)) {
      const waiter = waiting.shift();
      if (waiter === undefined) frames.push(frame);
      else waiter(frame);
    }
  });
  return () => {
    const frame = frames.shift();
    return frame === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(frame);
  };
}
