import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { expect } from 'chai';
import { systemClock } from '../../../lib/io/clock.ts';
import { HostNames, SLOW_MS, type Resolve } from '../../../lib/io/ssh/host-names.ts';
import { FakeClock } from '../../fakes/clock.ts';

type Answer = Parameters<Parameters<Resolve>[1]>;

const failure = Object.assign(new Error('getaddrinfo EAI_AGAIN h1'), { code: 'EAI_AGAIN' });
const at = (address: string, family = 4): Answer => [null, [{ address, family }]];

/** Names whose resolver answers what `answer` is at the time; undefined: not at all, until `late`. */
function setUp(): {
  clock: FakeClock;
  ask: () => Promise<string>;
  resolver: { answer: Answer | undefined; late: (answer: Answer) => void };
} {
  const clock = new FakeClock();
  const resolver: { answer: Answer | undefined; late: (answer: Answer) => void } = { answer: at('10.0.0.1'), late: () => undefined };
  const names = new HostNames(clock, (_name, done) => {
    if (resolver.answer === undefined) resolver.late = (answer) => done(...answer);
    else done(...resolver.answer);
  });
  const ask = (): Promise<string> =>
    new Promise((resolve) => names.lookup('h1', {}, (error, address) => resolve(error === null ? String(address) : error.message)));
  return { clock, ask, resolver };
}

describe('names of hosts', () => {
  it('lead to where they led last while the name server fails (fault 72)', async () => {
    const { ask, resolver } = setUp();
    expect(await ask()).to.equal('10.0.0.1');
    resolver.answer = [failure, []];
    expect(await ask()).to.equal('10.0.0.1');
    resolver.answer = at('10.0.0.2');
    expect(await ask()).to.equal('10.0.0.2');
  });

  it('lead there also when it is slow, and elsewhere from its late answer on (fault 72)', async () => {
    const { clock, ask, resolver } = setUp();
    await ask();
    resolver.answer = undefined;
    let found = '';
    void ask().then((address) => (found = address));
    await clock.advance(SLOW_MS - 1);
    expect(found).to.equal('');
    await clock.advance(1);
    expect(found).to.equal('10.0.0.1');
    resolver.late(at('10.0.0.2'));
    resolver.answer = [failure, []];
    expect(await ask()).to.equal('10.0.0.2');
  });

  it('that never led anywhere are an error, however late (fault 72)', async () => {
    const { clock, ask, resolver } = setUp();
    resolver.answer = [failure, []];
    expect(await ask()).to.equal(failure.message);
    resolver.answer = undefined;
    const asked = ask();
    await clock.advance(SLOW_MS * 2);
    resolver.late(at('10.0.0.1'));
    expect(await asked).to.equal('10.0.0.1');
  });

  it('with addresses of both families lead to the one that answers (fault 72)', async () => {
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { lookup } = new HostNames(systemClock, (_name, done) =>
      done(null, [
        { address: '::1', family: 6 },
        { address: '127.0.0.1', family: 4 },
      ]),
    );
    const socket = createConnection({ host: 'h1', port, lookup });
    await once(socket, 'connect');
    expect(socket.remoteAddress).to.equal('127.0.0.1');
    socket.destroy();
    server.close();
  });
});
