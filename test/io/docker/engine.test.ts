import { setMaxListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { hasCode, type ErrorCode } from '../../../lib/errors/error.ts';
import { systemClock } from '../../../lib/io/clock.ts';
import { createDocker, type Engine } from '../../../lib/io/docker/engine.ts';
import { destroyAgents, directAgents } from '../../../lib/io/ssh/agent.ts';
import type { EngineEvent } from '../../../lib/ports/docker.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

describe('the engine adapter', () => {
  let folder: string;
  let server: Server;
  let answer: Answer;
  let asked: string[];
  let docker: Engine;
  const agents = directAgents();
  const counted: string[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dswarm-engine-'));
    server = createServer((request, response) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
      answer(request, response);
    }).listen(join(folder, 'docker.sock'));
    const metrics = { count: (name: string) => counted.push(name), set: () => undefined, observe: () => undefined };
    const deadlines = { ping: 150, read: 150, create: 150, pullSilence: 150 };
    docker = createDocker({
      address: { socketPath: join(folder, 'docker.sock'), agents },
      clock: systemClock,
      where: 'h1',
      deadlines,
      metrics,
    });
  });

  beforeEach(() => {
    asked = [];
    counted.length = 0;
  });

  after(async () => {
    destroyAgents(agents);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  const refusal = async (call: Promise<unknown>): Promise<ErrorCode | undefined> => {
    const error: unknown = await call.then(() => undefined).catch((reason: unknown) => reason);
    return error instanceof Error && 'code' in error ? (error.code as ErrorCode) : undefined;
  };
  const json =
    (value: unknown, status = 200): Answer =>
    (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };

  it('gives up on an engine that accepts and never answers, and leaves no connection behind (fault 48)', async () => {
    answer = () => undefined;
    const codes = await Promise.all(
      [
        docker.ping(),
        docker.listContainers({}),
        docker.createContainer('a', { Image: 'x', Labels: {}, HostConfig: { RestartPolicy: { Name: 'no' } } }),
      ].map(refusal),
    );
    expect(codes).to.deep.equal(['DSW_DOCKER_TIMEOUT', 'DSW_DOCKER_TIMEOUT', 'DSW_DOCKER_TIMEOUT']);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const open = await new Promise<number>((resolve, reject) =>
      server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
    );
    expect(open).to.equal(0);
  });

  it('gives up on an answer that stops half way', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('[');
    };
    expect(await refusal(docker.listContainers({}))).to.equal('DSW_DOCKER_TIMEOUT');
  });

  it('repeats a read once when its connection breaks, a change never (fault 63)', async () => {
    answer = (request) => request.socket.destroy();
    expect(await refusal(docker.inspectContainer('x'))).to.equal('DSW_HOST_UNREACHABLE');
    expect(asked).to.have.length(2);
    asked = [];
    expect(await refusal(docker.startContainer('x'))).to.equal('DSW_HOST_UNREACHABLE');
    expect(asked).to.have.length(1);
  });

  it("tells the engine's own words", async () => {
    answer = json({ message: 'driver failed programming external connectivity: port is already allocated' }, 500);
    const error: unknown = await docker.startContainer('x').catch((reason: unknown) => reason);
    expect(hasCode(error, 'DSW_DOCKER_REFUSED')).to.equal(true);
    expect((error as Error).message).to.contain('port is already allocated');
  });

  it('sends the configuration as the body and only the name in the address', async () => {
    let body = '';
    answer = (request, response) => {
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        json({ Id: 'new', Warnings: ['no swap limit'] }, 201)(request, response);
      });
    };
    const config = { Image: 'x', Labels: { a: 'b' }, Env: ['K=secret'], HostConfig: { RestartPolicy: { Name: 'no' as const } } };
    expect(await docker.createContainer('ns_web.1', config)).to.deep.equal({ id: 'new', warnings: ['no swap limit'] });
    expect(asked).to.deep.equal(['POST /containers/create?name=ns_web.1']);
    expect(JSON.parse(body)).to.deep.equal(config);
  });

  it('takes "not modified" and "gone" for success where they are', async () => {
    answer = (_request, response) => response.writeHead(304).end();
    await docker.startContainer('x');
    expect(await docker.stopContainer('x', 3)).to.equal(false);
    answer = json({ message: 'No such container: x' }, 404);
    await docker.removeContainer('x', { force: true });
    expect(asked).to.deep.equal(['POST /containers/x/start', 'POST /containers/x/stop?t=3', 'DELETE /containers/x?force=true&v=true']);
    expect(await refusal(docker.startContainer('x'))).to.equal('DSW_DOCKER_NOT_FOUND');
  });

  it('agrees on a version, and on an older one after a downgrade (fault 57)', async () => {
    answer = json({ Version: '28', ApiVersion: '1.48', MinAPIVersion: '1.24' });
    await docker.negotiate();
    answer = json([]);
    await docker.listContainers({ labels: ['a=b'] });
    expect(decodeURIComponent(asked[1] ?? '')).to.equal('GET /v1.47/containers/json?all=true&filters={"label":["a=b"]}');
    answer = json({ Version: '20.10', ApiVersion: '1.41', MinAPIVersion: '1.12' });
    await docker.negotiate();
    expect(asked[2]).to.equal('GET /version');
    answer = json({ Version: '18.06', ApiVersion: '1.38', MinAPIVersion: '1.12' });
    expect(await refusal(docker.negotiate())).to.equal('DSW_ENGINE_TOO_OLD');
  });

  it('follows events through garbage and torn characters, and ends when told to (fault 50)', async () => {
    const event = { Type: 'container', Action: 'start', Actor: { ID: 'x', Attributes: { name: 'grün' } }, timeNano: 1 };
    const bytes = Buffer.from(`${JSON.stringify(event)}\nnonsense\n{"Type":1}\n${JSON.stringify(event)}\n`);
    answer = (_request, response) => {
      response.writeHead(200);
      const half = bytes.indexOf(0xc3) + 1;
      response.write(bytes.subarray(0, half));
      setTimeout(() => response.write(bytes.subarray(half)), 20);
    };
    const stop = new AbortController();
    const seen: EngineEvent[] = [];
    let ready = 0;
    for await (const one of docker.events({ signal: stop.signal, ready: () => (ready += 1) })) {
      seen.push(one);
      if (seen.length === 2) stop.abort();
    }
    expect(ready).to.equal(1);
    expect(seen.map((one) => one.attributes['name'])).to.deep.equal(['grün', 'grün']);
    expect(counted.filter((name) => name === 'dswarm_docker_garbage_total')).to.have.length(2);
    expect(decodeURIComponent(asked[0] ?? '')).to.match(/events\?filters=\{"type":\["container","volume"\],"event":\["create"/);
  });

  it('ends the events with an error when the connection breaks, and without one when the engine ends them', async () => {
    const follow = async (): Promise<void> => {
      for await (const event of docker.events({ signal: new AbortController().signal })) expect(event.id).to.equal('never');
    };
    answer = (_request, response) => {
      response.writeHead(200);
      response.flushHeaders();
      setTimeout(() => response.destroy(), 20);
    };
    expect(await refusal(follow())).to.equal('DSW_HOST_UNREACHABLE');
    answer = (_request, response) => response.writeHead(200).end();
    await follow();
  });

  it('notices what a pull tells after a good beginning, and a pull that says nothing any more (fault 35)', async () => {
    answer = (_request, response) =>
      response.writeHead(200).end('{"status":"Pulling","id":"a1"}\n{"errorDetail":{"message":"no space left on device"},"error":"x"}\n');
    const lines: string[] = [];
    expect(await refusal(docker.pullImage('r/x:1', { progress: (line) => lines.push(line) }))).to.equal('DSW_DOCKER_REFUSED');
    expect(lines).to.deep.equal(['a1: Pulling']);
    answer = (_request, response) => {
      response.writeHead(200);
      response.write('{"status":"Pulling"}\n');
    };
    expect(await refusal(docker.pullImage('r/x:1'))).to.equal('DSW_DOCKER_TIMEOUT');
  });

  it('is not kept waiting by streams', async () => {
    answer = (request, response) => {
      if (request.url?.includes('events') === true) response.writeHead(200).flushHeaders();
      else json([])(request, response);
    };
    const patient = createDocker({ address: { socketPath: join(folder, 'docker.sock'), agents }, clock: systemClock, where: 'h1' });
    const stop = new AbortController();
    setMaxListeners(0, stop.signal);
    const followers = Array.from({ length: 50 }, async () => {
      for await (const event of patient.events({ signal: stop.signal })) expect(event.id).to.equal('never');
    });
    for (let call = 0; call < 50; call += 1) await patient.listContainers({});
    stop.abort();
    await Promise.all(followers);
  });

  it('asks for the log drivers of plugins in a query that the engine can read whole', async () => {
    answer = (request, response) => {
      const path = new URL(request.url ?? '', 'http://engine').pathname;
      const version = { Version: '28.0.0', ApiVersion: '1.48', MinAPIVersion: '1.24', Os: 'linux' };
      const info = { ID: 'i', Name: 'h1', OSType: 'linux', Architecture: 'x86_64', NCPU: 2, MemTotal: 1, Plugins: { Log: ['json-file'] } };
      json(path.endsWith('/plugins') ? [] : path.endsWith('/info') ? info : version)(request, response);
    };
    await docker.info();
    const query = asked.find((line) => line.includes('/plugins'))?.split('?filters=')[1] ?? '';
    expect(JSON.parse(decodeURIComponent(query))).to.deep.equal({ enabled: ['true'], capability: ['logdriver'] });
  });
});
