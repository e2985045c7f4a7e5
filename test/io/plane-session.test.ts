import { Duplex } from 'node:stream';
import { expect } from 'chai';
import { PlaneSession } from '../../lib/io/plane/session.ts';
import type { Docker } from '../../lib/ports/docker.ts';
import { systemClock } from '../../lib/io/clock.ts';

/** An agent that answers each line that begins with `apply` or `status` as told. */
function agent(answer: (line: string) => string): { docker: Docker; sent: string[] } {
  const sent: string[] = [];
  const stream = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      sent.push(chunk.toString());
      const data = Buffer.from(answer(chunk.toString().trimEnd().split('\n').at(-1) ?? ''));
      const header = Buffer.alloc(8);
      header[0] = 1;
      header.writeUInt32BE(data.length, 4);
      stream.push(Buffer.concat([header, data]));
      done();
    },
  });
  const session = { stream, resize: () => Promise.resolve(), exitCode: () => Promise.resolve(0) };
  return { docker: { exec: () => Promise.resolve(session) } as unknown as Docker, sent };
}

const open = (docker: Docker): Promise<PlaneSession> => PlaneSession.open('h1', docker, 'plane', systemClock);
const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a session with a plane', () => {
  it('tells what the node keeps, its key, routes and tunnels, though it has none of them yet', async () => {
    const { docker } = agent(() => 'status 7 KEY= 10.0.0.0/8,10.9.9.9, TWO=:,ONE=:12,\n');
    expect(await (await open(docker)).status()).to.deep.equal({
      generation: 7,
      publicKey: 'KEY=',
      routes: ['10.0.0.0/8', '10.9.9.9'],
      tunnels: [{ publicKey: 'ONE=', handshakeAgeMs: 12_000 }, { publicKey: 'TWO=' }],
    });
    const fresh = agent(() => 'status 0   \n');
    expect(await (await open(fresh.docker)).status()).to.deep.equal({ generation: 0, publicKey: '', routes: [], tunnels: [] });
  });

  it('sends files by length and tells how long the node took', async () => {
    const { docker, sent } = agent(() => 'ok 3 12\n');
    const session = await open(docker);
    expect(await session.apply('change', 3, { 'dns/web.hosts': 'é\n' }, 2)).to.equal(12);
    expect(sent.join('')).to.equal('put dns/web.hosts 3\né\napply change 3 2\n');
    session.close();
  });

  it('rejects in the words of the node when it refuses (fault 74)', async () => {
    const { docker } = agent(() => `error 3 ${Buffer.from('syntax error').toString('base64')}\n`);
    const session = await open(docker);
    const error = await failure(session.apply('full', 3, { 'ruleset.nft': 'x' }));
    expect(error).to.include({ code: 'DSW_PLANE_REJECTED', message: 'syntax error', where: 'h1' });
    session.close();
  });

  it('puts no file outside the set', async () => {
    const { docker, sent } = agent(() => 'ok 3 1\n');
    const session = await open(docker);
    for (const path of ['../key', '/etc/passwd', 'dns/../../key', 'a b', 'a\nstatus', ''])
      expect(await failure(session.apply('full', 3, { [path]: 'x' })), path).to.have.property('code', 'DSW_PLANE_FAILED');
    expect(sent).to.deep.equal([]);
    session.close();
  });

  it('rejects who waits, and later callers, once it ends', async () => {
    const { docker } = agent(() => '');
    const session = await open(docker);
    const waiting = failure(session.status());
    session.close();
    expect(await waiting).to.have.property('code', 'DSW_PLANE_FAILED');
    expect(await failure(session.status())).to.have.property('code', 'DSW_PLANE_FAILED');
  });
});
