import { expect } from 'chai';
import type { Endpoint } from '../../../lib/io/ssh/config.ts';
import { mapSshError } from '../../../lib/io/ssh/errors.ts';

const endpoint = { where: 'h1', host: 'h1.test', port: 22, user: 'deploy' } as Endpoint;
const failure = (code: string): Error =>
  Object.assign(new Error(`getaddrinfo ${code} h1.test`), { syscall: 'getaddrinfo', code, level: 'client-socket' });

describe('a host whose name does not resolve', () => {
  it('is told apart from one whose resolver is away, and both can be tried again (fault 72)', () => {
    const of = (code: string) => mapSshError(failure(code), { endpoint, offered: [] });
    expect(of('ENOTFOUND').message).to.equal('the name h1.test does not resolve to an address');
    expect(of('EAI_AGAIN').message).to.equal('the resolver does not answer for h1.test');
    for (const error of [of('ENOTFOUND'), of('EAI_AGAIN')]) {
      expect(error).to.include({ code: 'DSW_HOST_UNREACHABLE', where: 'h1' });
      expect(error.definition.retry).to.equal(true);
    }
  });
});
