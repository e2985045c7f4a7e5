import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { listenApi, type ListenOptions } from '../../lib/api/listen.ts';
import { hasCode } from '../../lib/errors/error.ts';
import { systemClock } from '../../lib/io/clock.ts';
import { makeApi } from './fixture.ts';
import { onSocket, openStream } from './socket.ts';

const TOKEN = 'a-token-for-tests-only';

describe('The listener', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'dswarm-listen-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  const listen = (options: ListenOptions) => listenApi(makeApi({ clock: systemClock }), options);
  const errorOf = async (options: ListenOptions): Promise<unknown> =>
    listen(options).then(
      (listening) => listening.close(),
      (error: unknown) => error,
    );

  it('makes a socket that only its user may connect to, and takes it away again', async () => {
    const path = join(directory, 'made', 'api.sock');
    const listening = await listen({ socket: path });
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    await listening.close();
    expect(statSync(path, { throwIfNoEntry: false })).to.equal(undefined);
  });

  it('refuses a socket on which another listens', async () => {
    const path = join(directory, 'api.sock');
    const listening = await listen({ socket: path });
    expect(hasCode(await errorOf({ socket: path }), 'DSW_API_SOCKET_IN_USE')).to.equal(true);
    await listening.close();
  });

  it('takes over a socket that a killed process left', async () => {
    const path = join(directory, 'api.sock');
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(statSync(path).isSocket()).to.equal(true);
    await (await listen({ socket: path })).close();
  });

  it('touches no file that is not a socket, and no path that is too long', async () => {
    const path = join(directory, 'precious');
    writeFileSync(path, 'data');
    expect(hasCode(await errorOf({ socket: path }), 'DSW_API_LISTEN')).to.equal(true);
    expect(statSync(path).size).to.equal(4);
    expect(hasCode(await errorOf({ socket: join(directory, 'x'.repeat(100)) }), 'DSW_API_LISTEN')).to.equal(true);
  });

  it('lets in over TCP who has the token, as Bearer or as the password of the URL', async () => {
    const listening = await listen({ tcp: { host: '127.0.0.1', port: 0, token: TOKEN } });
    const code = async (authorization?: string): Promise<number> =>
      (await fetch(`${listening.url}/version`, { headers: authorization === undefined ? {} : { authorization } })).status;
    const basic = (password: string): string => `Basic ${Buffer.from(`dswarm:${password}`).toString('base64')}`;
    expect(await code(`Bearer ${TOKEN}`)).to.equal(200);
    expect(await code(basic(TOKEN))).to.equal(200);
    for (const wrong of [undefined, 'Bearer nope', `Bearer ${TOKEN}x`, 'Bearer ', basic('nope'), TOKEN])
      expect(await code(wrong), wrong).to.equal(401);
    await listening.close();
  });

  it('listens on loopback only, with a token that cannot be guessed', async () => {
    expect(hasCode(await errorOf({ tcp: { host: '0.0.0.0', port: 0, token: TOKEN } }), 'DSW_API_LISTEN')).to.equal(true);
    expect(hasCode(await errorOf({ tcp: { host: '127.0.0.1', port: 0, token: 'short' } }), 'DSW_API_LISTEN')).to.equal(true);
    const first = await listen({ tcp: { host: '127.0.0.1', port: 0, token: TOKEN } });
    const port = Number(new URL(first.url ?? '').port);
    expect(hasCode(await errorOf({ tcp: { host: '127.0.0.1', port, token: TOKEN } }), 'DSW_API_SOCKET_IN_USE')).to.equal(true);
    await first.close();
  });

  it('ends open watches when it closes', async () => {
    const socket = await onSocket(makeApi());
    const { ended } = await openStream(socket.path, '/apis/dswarm/v1/services?watch=true');
    await socket.dispose();
    await ended;
  });
});
