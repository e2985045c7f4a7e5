import { expect } from 'chai';
import { lookUp, type Resolve } from '../../lib/io/plane/lookup.ts';

/** A resolver that knows these addresses, or fails with these codes, and what it was asked. */
function resolver(known: Partial<Record<4 | 6, string>>): { resolve: Resolve; asked: number[] } {
  const asked: number[] = [];
  const resolve: Resolve = (_host, family) => {
    asked.push(family);
    const answer = known[family] ?? 'ENOTFOUND';
    if (!answer.startsWith('E')) return Promise.resolve(answer);
    return Promise.reject(Object.assign(new Error(`getaddrinfo ${answer} h1.test`), { syscall: 'getaddrinfo', code: answer }));
  };
  return { resolve, asked };
}

describe('the address of a host that is given by name', () => {
  it('is its IPv4 address, and its IPv6 address where it has only that (fault 72)', async () => {
    expect(await lookUp('h1.test', resolver({ 4: '192.0.2.1', 6: '2001:db8::1' }).resolve)).to.equal('192.0.2.1');
    expect(await lookUp('h1.test', resolver({ 6: '2001:db8::1' }).resolve)).to.equal('2001:db8::1');
  });

  it('is none where there is none, and none for now where the resolver is away (fault 72)', async () => {
    expect(await lookUp('h1.test', resolver({}).resolve)).to.equal(undefined);
    const away = resolver({ 4: 'EAI_AGAIN', 6: '2001:db8::1' });
    expect(await lookUp('h1.test', away.resolve)).to.equal(undefined);
    expect(away.asked).to.deep.equal([4]);
  });

  it('hides no fault of its own', async () => {
    const broken = await lookUp('h1.test', () => Promise.reject(new TypeError('a bug'))).catch((error: unknown) => error);
    expect(broken).to.be.an.instanceof(TypeError);
  });
});
