import { createHash } from 'node:crypto';
import { DswarmError } from '../../errors/error.ts';

/** A public key as files write it: type, then the base64 of its wire form (RFC 4253, 6.6), which begins with the type again. */
export interface HostKey {
  type: string;
  base64: string;
}

export function hostKeyOf(blob: Buffer): HostKey {
  return { type: readType(blob) ?? 'unknown', base64: blob.toString('base64') };
}

/** `SHA256:...`, as OpenSSH prints it. */
export function fingerprint(base64: string): string {
  return `SHA256:${createHash('sha256').update(Buffer.from(base64, 'base64')).digest('base64').replace(/=+$/, '')}`;
}

/** Reads `TYPE BASE64 [COMMENT]`, the form of a public key file and of spec.ssh.hostKey. */
export function parseHostKey(text: string, where: string): HostKey {
  const [type = '', base64 = ''] = text.trim().split(/\s+/);
  const inner = readType(Buffer.from(base64, 'base64'));
  if (type !== '' && inner === type) return { type, base64: base64.replace(/=+$/, '') === '' ? base64 : normalize(base64) };
  const found = inner === undefined ? text : `${type} with a key of type ${inner}`;
  throw new DswarmError('DSW_SSH_HOST_KEY_INVALID', 'the pinned host key is not readable', {
    where,
    path: 'spec.ssh.hostKey',
    expected: 'TYPE BASE64, such as ssh-ed25519 AAAA...',
    found,
  });
}

/** The same key is always the same text, padding and all. */
export function normalize(base64: string): string {
  return Buffer.from(base64, 'base64').toString('base64');
}

function readType(blob: Buffer): string | undefined {
  if (blob.length < 4) return undefined;
  const length = blob.readUInt32BE(0);
  return length > 0 && length <= 64 && blob.length > 4 + length ? blob.toString('latin1', 4, 4 + length) : undefined;
}

/** What this client can verify, best first. An RSA key signs by three algorithms (RFC 8332). */
const ALGORITHMS = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
] as const;

export type HostKeyAlgorithm = (typeof ALGORITHMS)[number];

/**
 * Asks for keys of the known types first, so that a host with keys of several types shows the one that is known (as OpenSSH does).
 * The others follow: a host that no longer has it must be told from one that cannot be talked to.
 */
export function orderAlgorithms(knownTypes: readonly string[]): HostKeyAlgorithm[] {
  const isKnown = (algorithm: string): boolean => knownTypes.includes(algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm);
  return [...ALGORITHMS.filter(isKnown), ...ALGORITHMS.filter((algorithm) => !isKnown(algorithm))];
}
