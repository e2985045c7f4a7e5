import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { bits, boolean, explicit, implicit, integer, objectId, octets, sequence, set, time, utf8 } from './der.ts';

const YEAR_MS = 365 * 24 * 3600 * 1000;
const OID = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
};

/**
 * A self-signed certificate for the loopback addresses, and its key, as PEM. kubectl sends its token over TLS only (client-go reads no
 * credentials for a plain http server), so the listener needs one; its kubeconfig carries the certificate as the authority.
 */
export function makeCertificate(now: number): { certificate: string; key: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const algorithm = sequence(objectId(OID.ecdsaWithSha256));
  const name = sequence(set(sequence(objectId(OID.commonName), utf8('dswarm'))));
  const serial = createHash('sha256').update(spki).digest().subarray(0, 16);
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serial),
    algorithm,
    name,
    sequence(time(now - YEAR_MS / 365), time(now + 10 * YEAR_MS)),
    name,
    spki,
    explicit(3, extensions()),
  );
  const certificate = sequence(body, algorithm, bits(sign('sha256', body, privateKey)));
  return { certificate: pem(certificate), key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string };
}

function extensions(): Buffer {
  const extension = (id: string, value: Buffer, critical = false): Buffer =>
    sequence(objectId(id), ...(critical ? [boolean(true)] : []), octets(value));
  // General names: [2] is a DNS name, [7] an address (RFC 5280, 4.2.1.6).
  const names = sequence(
    implicit(2, Buffer.from('localhost')),
    implicit(7, Buffer.from([127, 0, 0, 1])),
    implicit(7, Buffer.concat([Buffer.alloc(15), Buffer.from([1])])),
  );
  return sequence(
    extension(OID.basicConstraints, sequence(boolean(true)), true),
    // digitalSignature and keyCertSign: bits 0 and 5.
    extension(OID.keyUsage, bits(Buffer.from([0b1000_0100]), 2), true),
    extension(OID.extendedKeyUsage, sequence(objectId(OID.serverAuth))),
    extension(OID.subjectAltName, names),
  );
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
