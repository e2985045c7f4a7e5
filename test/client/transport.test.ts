import { expect } from 'chai';
import { chooseAddress, defaultSocket } from '../../lib/client/address.ts';
import { createClient } from '../../lib/client/client.ts';
import { readJsonLines } from '../../lib/client/lines.ts';
import { StatusError } from '../../lib/client/status.ts';
import { send, warningsOf } from '../../lib/client/transport.ts';
import { stubServer, type Answer, type Stub } from './support.ts';

describe('the address of the controller', () => {
  const cases: [string, Parameters<typeof chooseAddress>[0], Record<string, string>, number, string][] = [
    ["is the system's for root", {}, {}, 0, '/run/dswarm/dswarm.sock'],
    ["is in the user's runtime directory else", {}, { XDG_RUNTIME_DIR: '/run/user/7' }, 7, '/run/user/7/dswarm.sock'],
    ['is made from the user id without one', {}, {}, 7, '/run/user/7/dswarm.sock'],
    ['is $DSWARM_SOCKET where it is set', {}, { DSWARM_SOCKET: '/x.sock' }, 0, '/x.sock'],
    ['is --socket before all', { socket: '/y.sock' }, { DSWARM_SOCKET: '/x.sock', DSWARM_SERVER: 'http://h:1' }, 0, '/y.sock'],
    ['is $DSWARM_SERVER before the default', {}, { DSWARM_SERVER: 'http://h:1', DSWARM_TOKEN: 't' }, 0, 'http://h:1 t'],
    [
      'is --server, with or without a scheme',
      { server: '127.0.0.1:7070', token: 'u' },
      { DSWARM_TOKEN: 't' },
      0,
      'http://127.0.0.1:7070 u',
    ],
  ];
  for (const [title, choice, env, uid, expected] of cases) {
    it(title, () => {
      const address = chooseAddress(choice, { env, uid });
      expect(address.type === 'socket' ? address.path : `${address.url.origin} ${address.token ?? ''}`).to.equal(expected);
    });
  }

  it('for the controller itself is the same by default', () => {
    expect(defaultSocket({ env: {}, uid: 0 })).to.equal('/run/dswarm/dswarm.sock');
  });
});

describe('the client', () => {
  let stub: Stub | undefined;
  const serve = async (answer: Answer): Promise<Stub> => (stub = await stubServer(answer));
  afterEach(async () => {
    await stub?.close();
    stub = undefined;
  });

  const failureOf = async (promise: Promise<unknown>): Promise<StatusError> => {
    try {
      await promise;
    } catch (error) {
      if (error instanceof StatusError) return error;
      throw error;
    }
    throw new Error('no error');
  };

  it('makes a readable error of a Status', async () => {
    const { address } = await serve((_, response) => {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end('{"kind":"Status","code":404,"reason":"NotFound","message":"services.dswarm \\"web\\" not found"}');
    });
    const error = await failureOf(createClient(address).get({ kind: 'Service', namespace: 'default', name: 'web' }));
    expect(error.text).to.equal('Error from server (NotFound): services.dswarm "web" not found');
  });

  it('survives an answer that is no Status', async () => {
    const { address } = await serve((_, response) => {
      response.writeHead(502);
      response.end('<html>bad gateway</html>\nmore');
    });
    expect((await failureOf(createClient(address).version())).text).to.equal(
      'Error from server (Unknown): HTTP status 502: <html>bad gateway</html>',
    );
  });

  it('writes the paths, queries and bodies of the Kubernetes API conventions', async () => {
    const seen: string[] = [];
    const { address } = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        seen.push(`${request.method ?? ''} ${request.url ?? ''} ${request.headers['content-type'] ?? '-'} ${body}`.trim());
        response.end('{"items":[],"metadata":{}}');
      });
    });
    const client = createClient(address);
    const ref = { kind: 'Service', namespace: 'shop', name: 'web' } as const;
    await client.list('Node', { labelSelector: 'zone=a' });
    await client.list('Service', { namespace: 'shop' });
    await client.list('Service');
    await client.apply({ kind: 'Service', metadata: { name: 'web', namespace: 'shop' } }, { dryRun: true, force: true });
    await client.patch(ref, { spec: { replicas: 2 } }, { subresource: 'scale' });
    await client.delete(ref);
    await client.create({ kind: 'Node', metadata: { name: 'h1' } }, { into: 'directory' });
    expect(seen).to.deep.equal([
      'GET /apis/dswarm/v1/nodes?labelSelector=zone%3Da -',
      'GET /apis/dswarm/v1/namespaces/shop/services -',
      'GET /apis/dswarm/v1/services -',
      'PATCH /apis/dswarm/v1/namespaces/shop/services/web?fieldManager=dswarm&force=true&dryRun=All application/apply-patch+yaml {"kind":"Service","metadata":{"name":"web","namespace":"shop"}}',
      'PATCH /apis/dswarm/v1/namespaces/shop/services/web/scale?fieldManager=dswarm application/merge-patch+json {"spec":{"replicas":2}}',
      'DELETE /apis/dswarm/v1/namespaces/shop/services/web -',
      'POST /apis/dswarm/v1/nodes?into=directory application/json {"kind":"Node","metadata":{"name":"h1"}}',
    ]);
  });

  it('sends a name as one part of the path, whatever is in it', async () => {
    let url: string | undefined;
    const { address } = await serve((request, response) => {
      url = request.url;
      response.end('{}');
    });
    await createClient(address).get({ kind: 'Node', name: '../services?x' });
    expect(url).to.equal('/apis/dswarm/v1/nodes/..%2Fservices%3Fx');
  });

  it('hands on warnings', async () => {
    const { address } = await serve((_, response) => {
      response.setHeader('warning', ['299 - "written to web.yaml"', '299 - "say \\"no\\""']);
      response.end('{}');
    });
    expect(warningsOf(await send(address, { method: 'GET', path: '/' }))).to.deep.equal(['written to web.yaml', 'say "no"']);
  });

  it('tells a connection that breaks off from one that is refused', async () => {
    const { address } = await serve((_, response) => {
      response.writeHead(200);
      response.write('{"type":"ADDED","object":{}}\n{"type"');
      setImmediate(() => response.destroy());
    });
    let broken: unknown;
    try {
      for await (const event of createClient(address).watch('Node', { resourceVersion: '1' })) expect(event.type).to.equal('ADDED');
    } catch (error) {
      broken = error;
    }
    expect(broken).to.have.property('code', 'DSW_CONTROLLER_GONE');
  });
});

describe('lines of JSON', () => {
  async function* chunks(...texts: (string | Buffer)[]): AsyncGenerator<Buffer> {
    for (const text of texts) yield await Promise.resolve(Buffer.from(text));
  }
  const read = async (source: AsyncIterable<Buffer>): Promise<unknown[]> => {
    const values: unknown[] = [];
    for await (const value of readJsonLines(source)) values.push(value);
    return values;
  };

  it('are read however they are cut', async () => {
    expect(await read(chunks('{"a":', '1}\n{"a":2}\n\n{"a"', ':3}'))).to.deep.equal([{ a: 1 }, { a: 2 }, { a: 3 }]);
  });

  it('are read though a character is cut in two', async () => {
    const bytes = Buffer.from('"\u00e4"\n');
    expect(await read(chunks(bytes.subarray(0, 2), bytes.subarray(2)))).to.deep.equal(['\u00e4']);
  });
});
