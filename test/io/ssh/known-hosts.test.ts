import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { fingerprint, hostKeyOf, orderAlgorithms, parseHostKey } from '../../../lib/io/ssh/host-key.ts';
import { findKnownKeys, type KnownKey } from '../../../lib/io/ssh/known-hosts.ts';
import { judgeHostKey, knownTypes, type Trust } from '../../../lib/io/ssh/trust.ts';

/** A public key in wire form: type and some bytes, enough for what compares keys. */
function blob(type: string, filler: number): Buffer {
  const field = (data: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    return Buffer.concat([length, data]);
  };
  return Buffer.concat([field(Buffer.from(type)), field(Buffer.alloc(32, filler))]);
}

const ED = hostKeyOf(blob('ssh-ed25519', 1));
const ED2 = hostKeyOf(blob('ssh-ed25519', 2));
const RSA = hostKeyOf(blob('ssh-rsa', 3));
const line = (names: string, key = ED): string => `${names} ${key.type} ${key.base64} a comment`;

function hashed(name: string): string {
  const salt = Buffer.alloc(20, 7);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

const found = (text: string, host: string, port = 22): number[] => findKnownKeys(text, host, port).map((key) => key.line);

describe('known_hosts (fault 65)', () => {
  it('finds plain names, in lists, whatever their case', () => {
    const text = ['# comment', '', line('a.example,192.0.2.1'), line('b.example')].join('\n');
    expect(found(text, 'A.example')).to.deep.equal([3]);
    expect(found(text, '192.0.2.1')).to.deep.equal([3]);
    expect(found(text, 'c.example')).to.deep.equal([]);
    expect(found(text, 'a.example', 2222), 'another port is another host').to.deep.equal([]);
  });

  it('finds [host]:port', () => {
    const text = [line('[a.example]:2222'), line('[2001:db8::1]:2222'), line('2001:db8::1')].join('\n');
    expect(found(text, 'a.example', 2222)).to.deep.equal([1]);
    expect(found(text, 'a.example')).to.deep.equal([]);
    expect(found(text, '2001:db8::1', 2222)).to.deep.equal([2]);
    expect(found(text, '2001:db8::1')).to.deep.equal([3]);
  });

  it('finds hashed names, all their key types, and with a port', () => {
    const text = [line(hashed('a.example')), line(hashed('a.example'), RSA), line(hashed('[a.example]:2222'))].join('\n');
    expect(found(text, 'a.example')).to.deep.equal([1, 2]);
    expect(found(text, 'a.example', 2222)).to.deep.equal([3]);
  });

  it('matches wildcards, and negation wins', () => {
    const text = [line('*.example,!secret.example'), line('10.0.0.?'), line('*')].join('\n');
    expect(found(text, 'a.example')).to.deep.equal([1, 3]);
    expect(found(text, 'secret.example')).to.deep.equal([3]);
    expect(found(text, '10.0.0.7')).to.deep.equal([2, 3]);
    expect(found(text, '10.0.0.77')).to.deep.equal([3]);
  });

  it('passes over lines that make no sense', () => {
    expect(
      found(['a.example', 'a.example ssh-rsa', '@unknown a.example ssh-rsa AAAA', '|2|x|y ssh-rsa AAAA'].join('\n'), 'a.example'),
    ).to.deep.equal([]);
  });

  it('reads the markers', () => {
    const text = [`@revoked ${line('*', ED2)}`, `@cert-authority ${line('*.example', RSA)}`].join('\n');
    expect(findKnownKeys(text, 'a.example', 22).map((key) => key.marker)).to.deep.equal(['revoked', 'cert-authority']);
  });
});

describe('trust in a host key', () => {
  const trust = (text: string, pinned?: string): Trust => ({
    where: 'h1',
    host: 'a.example',
    port: 22,
    pinned: pinned === undefined ? undefined : parseHostKey(pinned, 'h1'),
    known: findKnownKeys(text, 'a.example', 22).map((key): KnownKey & { file: string } => ({ ...key, file: 'known_hosts' })),
  });
  const verdict = (given: Trust, shown = ED): string | undefined => judgeHostKey(given, shown)?.code;

  it('is given to the pinned key only, wherever the host is (fault 71)', () => {
    const pinned = `${ED.type} ${ED.base64}`;
    expect(verdict(trust('', pinned))).to.equal(undefined);
    expect(verdict({ ...trust('', pinned), host: '192.0.2.99', port: 2222 })).to.equal(undefined);
    expect(verdict(trust(line('a.example', ED2), pinned), ED2), 'known_hosts does not count then').to.equal('DSW_SSH_HOST_KEY_CHANGED');
  });

  it('is given to any of the known keys', () => {
    const text = [line('a.example', RSA), line('a.example', ED)].join('\n');
    expect(verdict(trust(text))).to.equal(undefined);
    expect(verdict(trust(text), RSA)).to.equal(undefined);
    expect(knownTypes(trust(text))).to.deep.equal(['ssh-rsa', 'ssh-ed25519']);
  });

  it('is refused to a changed, unknown or revoked key, with both fingerprints', () => {
    const changed = judgeHostKey(trust(line('a.example', ED2)), ED);
    expect(changed?.code).to.equal('DSW_SSH_HOST_KEY_CHANGED');
    expect(changed?.message).to.contain('known_hosts:1');
    expect(changed?.expected).to.contain(fingerprint(ED2.base64));
    expect(changed?.found).to.contain(fingerprint(ED.base64));
    expect(verdict(trust(''))).to.equal('DSW_SSH_HOST_KEY_UNKNOWN');
    expect(verdict(trust(`@revoked ${line('*')}\n${line('a.example')}`))).to.equal('DSW_SSH_HOST_KEY_REVOKED');
    expect(verdict(trust(`@revoked ${line('*')}`, `${ED.type} ${ED.base64}`)), 'even a pinned one').to.equal('DSW_SSH_HOST_KEY_REVOKED');
  });

  it('explains that certificate authorities do not count', () => {
    expect(judgeHostKey(trust(`@cert-authority ${line('*')}`), ED)?.message).to.contain('host certificates are not supported');
  });

  it('asks for the known type first, and an RSA key by its newer signatures', () => {
    expect(orderAlgorithms(['ssh-rsa']).slice(0, 4)).to.deep.equal(['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa', 'ssh-ed25519']);
    expect(orderAlgorithms(['ecdsa-sha2-nistp256'])[0]).to.equal('ecdsa-sha2-nistp256');
    expect(orderAlgorithms([])).to.have.length(7);
  });

  it('reads a pinned key with a comment, and refuses what is none', () => {
    expect(parseHostKey(`  ${ED.type}  ${ED.base64} me@here\n`, 'h1')).to.deep.equal(ED);
    for (const bad of ['', 'ssh-ed25519', `ssh-rsa ${ED.base64}`, 'ssh-ed25519 AAAA', ED.base64]) {
      expect(() => parseHostKey(bad, 'h1'), bad).to.throw('not readable');
    }
  });
});
