import ssh2 from 'ssh2';
import { DswarmError } from '../../errors/error.ts';
import { nameProblem } from './errors.ts';
import { fingerprint, hostKeyOf, type HostKey, type HostKeyAlgorithm } from './host-key.ts';

export interface ScannedKey extends HostKey {
  /** `SHA256:...` */
  fingerprint: string;
}

/** One algorithm for each type of key, best first. */
const SCANNED: readonly HostKeyAlgorithm[] = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512'];
const TIMEOUT = 10_000;

/** Asks a host for its keys without logging in, as ssh-keyscan does. What it shows is not to be trusted until a person has compared it. */
export async function scanHostKey(address: { host: string; port: number }): Promise<ScannedKey[]> {
  const keys: ScannedKey[] = [];
  for (const algorithm of SCANNED) {
    const key = await scanOne(address, algorithm);
    if (key !== undefined) keys.push({ ...key, fingerprint: fingerprint(key.base64) });
  }
  if (keys.length > 0) return keys;
  throw new DswarmError(
    'DSW_HOST_UNREACHABLE',
    `${address.host} port ${String(address.port)} shows no host key of a type that can be verified`,
    {
      where: address.host,
      expected: SCANNED.join(', '),
    },
  );
}

/** Undefined if the host has no such key. */
function scanOne(address: { host: string; port: number }, algorithm: HostKeyAlgorithm): Promise<HostKey | undefined> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    let key: HostKey | undefined;
    const hostVerifier = (blob: Buffer): boolean => {
      key = hostKeyOf(blob);
      return false;
    };
    client.on('error', (error: Error & { level?: string }) => {
      client.destroy();
      if (key !== undefined || error.level === 'handshake') resolve(key);
      else {
        const message = nameProblem(error, address.host) ?? `${address.host} port ${String(address.port)}: ${error.message}`;
        reject(new DswarmError('DSW_HOST_UNREACHABLE', message, { where: address.host, cause: error }));
      }
    });
    client.connect({ ...address, username: 'dswarm', readyTimeout: TIMEOUT, hostVerifier, algorithms: { serverHostKey: [algorithm] } });
  });
}
