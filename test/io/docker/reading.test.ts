import { expect } from 'chai';
import fc from 'fast-check';
import { mapError, pullError } from '../../../lib/io/docker/errors.ts';
import { Demultiplexer } from '../../../lib/io/docker/frames.ts';
import { jsonLines } from '../../../lib/io/docker/lines.ts';
import { parseEvent, parseInfo, parseListed, parseStatus } from '../../../lib/io/docker/parse.ts';
import { readLogs } from '../../../lib/io/docker/logs.ts';
import { compare, negotiate } from '../../../lib/io/docker/versions.ts';
import { hasCode } from '../../../lib/errors/error.ts';

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function readLines(bytes: Buffer, size: number): Promise<{ objects: unknown[]; garbage: string[] }> {
  const garbage: string[] = [];
  const objects: unknown[] = [];
  for await (const object of jsonLines(chunksOf(bytes, size), (line) => garbage.push(line))) objects.push(object);
  return { objects, garbage };
}

describe('reading the engine', () => {
  it('keeps characters whole that arrive in pieces (fault 50)', async () => {
    const objects = [{ name: 'grün 🐳' }, { name: '数' }];
    const bytes = Buffer.from(objects.map((object) => `${JSON.stringify(object)}\n`).join(''));
    for (let size = 1; size <= bytes.length; size += 1) expect((await readLines(bytes, size)).objects).to.deep.equal(objects);
  });

  it('reads any objects cut anywhere', async () => {
    const object = fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' }));
    await fc.assert(
      fc.asyncProperty(fc.array(object), fc.integer({ min: 1, max: 50 }), async (objects, size) => {
        const bytes = Buffer.from(objects.map((one) => JSON.stringify(one)).join('\r\n'));
        expect((await readLines(bytes, size)).objects).to.deep.equal(JSON.parse(JSON.stringify(objects)));
      }),
      { numRuns: 50 },
    );
  });

  it('skips and counts what is no JSON object, and goes on (fault 50)', async () => {
    const { objects, garbage } = await readLines(Buffer.from('{"a":1}\n<html>\n[1]\n"x"\nnull\n\n{"b":2}\n{"cut":'), 7);
    expect(objects).to.deep.equal([{ a: 1 }, { b: 2 }]);
    expect(garbage).to.deep.equal(['<html>', '[1]', '"x"', 'null', '{"cut":']);
  });

  it('drops a line without end instead of keeping it all', async () => {
    const { objects, garbage } = await readLines(Buffer.concat([Buffer.alloc(9 * 2 ** 20, 'x'), Buffer.from('\n{"a":1}\n')]), 2 ** 16);
    expect(objects).to.deep.equal([{ a: 1 }]);
    expect(garbage).to.deep.equal(['(line too long)']);
  });

  const STATUS: [string, object][] = [
    ['Up 3 minutes', {}],
    ['Up 3 minutes (healthy)', { health: 'healthy' }],
    ['Up About an hour (unhealthy)', { health: 'unhealthy' }],
    ['Up Less than a second (health: starting)', { health: 'starting' }],
    ['Up 2 hours (Paused)', {}],
    ['Exited (137) 2 hours ago', { exitCode: 137 }],
    ['Exited (-1) 5 days ago', { exitCode: -1 }],
    ['Restarting (1) 5 seconds ago', { exitCode: 1 }],
    ['Created', {}],
    ['Dead', {}],
    ['Removal In Progress', {}],
    ['', {}],
  ];
  for (const [status, expected] of STATUS) {
    it(`reads the status "${status}"`, () => {
      expect(parseStatus(status)).to.deep.equal(expected);
    });
  }

  it('reads an entry of a list', () => {
    const entry = {
      Id: 'abc',
      Names: ['/other/alias', '/web.1'],
      Image: 'nginx:1',
      Labels: { a: 'b' },
      State: 'exited',
      Status: 'Exited (3) 1 second ago',
      Created: 1_700_000_000,
      NetworkSettings: { Networks: { bridge: { IPAddress: '' } } },
    };
    expect(parseListed(entry as never)).to.deep.equal({
      id: 'abc',
      name: 'web.1',
      image: 'nginx:1',
      labels: { a: 'b' },
      state: 'exited',
      exitCode: 3,
      createdAt: 1_700_000_000_000,
      networks: { bridge: '' },
    });
  });

  it('names architectures as images do, and reads engine labels', () => {
    const info = parseInfo({ ID: 'x', Architecture: 'aarch64', OSType: 'linux', Labels: ['zone=a', 'ssd'] }, [], '1.41');
    expect(info).to.include({ arch: 'arm64', apiVersion: '1.41' });
    expect(info.labels).to.deep.equal({ zone: 'a', ssd: '' });
  });

  it('counts log drivers that are plugins among those that an engine has', () => {
    const plugins = [{ Name: 'loki:latest' }, { Name: 'vendor/ship:2' }];
    const info = parseInfo({ Plugins: { Log: ['syslog', 'json-file'] } }, plugins, '1.41');
    expect(info.logDrivers).to.deep.equal(['json-file', 'loki', 'syslog', 'vendor/ship:2']);
    expect(parseInfo({}, [], '1.41').logDrivers).to.deep.equal([]);
  });

  it('takes for an event only what is one', () => {
    const event = { Type: 'container', Action: 'die', Actor: { ID: 'x', Attributes: { exitCode: '1' } }, timeNano: 5 };
    expect(parseEvent(event)).to.deep.equal({ type: 'container', action: 'die', id: 'x', attributes: { exitCode: '1' }, timeNano: 5 });
    expect(parseEvent({ Type: 'container' })).to.equal(undefined);
  });

  it('takes multiplexed output apart, cut anywhere', () => {
    const frame = (stream: number, text: string): Buffer => {
      const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
      header.writeUInt32BE(Buffer.byteLength(text), 4);
      return Buffer.concat([header, Buffer.from(text)]);
    };
    const bytes = Buffer.concat([frame(1, 'out\n'), frame(2, ''), frame(2, 'err\n')]);
    for (let size = 1; size <= bytes.length; size += 1) {
      const frames = new Demultiplexer();
      const read: string[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        for (const chunk of frames.push(bytes.subarray(at, at + size))) read.push(`${chunk.stream}:${chunk.data.toString()}`);
      }
      expect(read).to.deep.equal(['stdout:out\n', 'stderr:', 'stderr:err\n']);
    }
  });

  it('passes on the output of a terminal as it is, though it looks like a frame (conformance C197)', async () => {
    const raw = Buffer.from([1, 0, 0, 0, 0, 0, 0, 2, 104, 105]);
    const read = async (tty: boolean): Promise<string> => {
      let text = '';
      for await (const { data } of readLogs(chunksOf(raw, 3), tty)) text += data.toString();
      return text;
    };
    expect(await read(true)).to.equal(raw.toString());
    expect(await read(false)).to.equal('hi');
  });

  const FAILURES: [object, string][] = [
    [{ statusCode: 404, json: { message: 'No such container: x' } }, 'DSW_DOCKER_NOT_FOUND'],
    [{ statusCode: 409, json: { message: 'Conflict' } }, 'DSW_DOCKER_CONFLICT'],
    [{ statusCode: 500, json: { message: 'port is already allocated' } }, 'DSW_DOCKER_REFUSED'],
    [{ statusCode: 400, json: null, message: 'bad' }, 'DSW_DOCKER_REFUSED'],
    [{ code: 'ECONNRESET', message: 'socket hang up' }, 'DSW_HOST_UNREACHABLE'],
    [{ code: 'ECONNREFUSED', message: 'connect ECONNREFUSED /x' }, 'DSW_DOCKER_NOT_RUNNING'],
    [{ code: 'ENOENT', message: 'connect ENOENT /x' }, 'DSW_DOCKER_NOT_RUNNING'],
    [{ code: 'EACCES', message: 'connect EACCES /x' }, 'DSW_DOCKER_SOCKET_DENIED'],
    [{ code: 'HPE_INVALID_CONSTANT', message: 'Parse Error' }, 'DSW_DOCKER_REFUSED'],
  ];
  it('gives the words of an engine without those of the library before them', () => {
    const message = '(HTTP code 500) server error - Get "https://r.example/v2/": no route to host ';
    const error = mapError({ statusCode: 500, message }, { where: 'h1', what: 'pull r.example/web:1' });
    expect(error.message).to.equal('pull r.example/web:1: Get "https://r.example/v2/": no route to host');
  });

  it('takes over the beginning of what an engine says, not all the stacks of a process that it could not start', () => {
    const message = `failed to start shim: pthread_create failed: Resource temporarily unavailable\n${'goroutine 1 [running]:\n'.repeat(500)}`;
    const error = mapError({ statusCode: 500, json: { message } }, { where: 'h1', what: 'start web' });
    expect(error.message)
      .to.contain('Resource temporarily unavailable')
      .and.match(/\.\.\. \(\d+ characters more\)$/);
    expect(error.message.length).to.be.lessThan(1_100);
  });

  for (const [failure, code] of FAILURES) {
    it(`makes ${JSON.stringify(failure)} ${code}`, () => {
      const error = mapError(failure, { where: 'h1', what: 'start web' });
      expect(error.code).to.equal(code);
      expect(error.line).to.match(/^h1: start web: \S/);
      if ('json' in failure && failure.json !== null) expect(error.message).to.contain((failure.json as { message: string }).message);
    });
  }

  it('sees the error that a pull tells inside a good answer', () => {
    const call = { where: 'h1', what: 'pull x' };
    expect(pullError({ status: 'Pulling' }, call)).to.equal(undefined);
    expect(pullError({ errorDetail: { message: 'no space left on device' }, error: 'x' }, call)?.code).to.equal('DSW_DOCKER_REFUSED');
    expect(pullError({ error: 'manifest unknown' }, call)?.code).to.equal('DSW_DOCKER_NOT_FOUND');
  });

  it('speaks the newest API version that both know, and says so when there is none (fault 57)', () => {
    expect(negotiate({ version: '20.10', apiVersion: '1.41', minApiVersion: '1.12' }, 'h1')).to.equal('1.41');
    expect(negotiate({ version: '29', apiVersion: '1.52', minApiVersion: '1.44' }, 'h1')).to.equal('1.47');
    const refusal = (apiVersion: string, minApiVersion: string): unknown => {
      try {
        return negotiate({ version: 'x', apiVersion, minApiVersion }, 'h1');
      } catch (error) {
        return error;
      }
    };
    expect(hasCode(refusal('1.39', '1.12'), 'DSW_ENGINE_TOO_OLD')).to.equal(true);
    expect(hasCode(refusal('1.60', '1.50'), 'DSW_ENGINE_TOO_NEW')).to.equal(true);
    expect(compare('1.9', '1.40')).to.be.lessThan(0);
  });
});
