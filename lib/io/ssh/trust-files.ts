import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Endpoint } from './config.ts';
import { parseHostKey } from './host-key.ts';
import { findKnownKeys } from './known-hosts.ts';
import type { Trust } from './trust.ts';

/** ssh(1): of the user, then of the system. */
export function knownHostsFiles(endpoint: Endpoint, home: string): string[] {
  const own = endpoint.knownHostsFiles ?? [join(home, '.ssh/known_hosts'), join(home, '.ssh/known_hosts2')];
  return [...own, '/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];
}

/** Reads what is known of an endpoint's key. Read anew for every connection: the files change. */
export async function loadTrust(endpoint: Endpoint, home: string): Promise<Trust> {
  const { where, port } = endpoint;
  const host = endpoint.hostKeyAlias ?? endpoint.host;
  // An alias stands in known_hosts without a port (ssh_config(5), HostKeyAlias).
  const lookupPort = endpoint.hostKeyAlias === undefined ? port : 22;
  const files = knownHostsFiles(endpoint, home);
  const texts = await Promise.all(files.map(readIfThere));
  const known = files.flatMap((file, index) => findKnownKeys(texts[index] ?? '', host, lookupPort).map((key) => ({ ...key, file })));
  const pinned = endpoint.hostKey === undefined ? undefined : parseHostKey(endpoint.hostKey, where);
  return { where, host, port: lookupPort, pinned, known };
}

/** Changes whenever one of the files does: then an untrusted host is worth another look. */
export async function trustStamp(endpoint: Endpoint, home: string): Promise<string> {
  const hops: Endpoint[] = [];
  for (let hop: Endpoint | undefined = endpoint; hop !== undefined; hop = hop.jump) hops.push(hop);
  const files = [...new Set(hops.flatMap((hop) => knownHostsFiles(hop, home)))];
  const stamps = await Promise.all(
    files.map(async (file) => {
      const found = await absentIsUndefined(stat(file));
      return found === undefined ? '' : `${String(found.ino)}:${String(found.size)}:${String(found.mtimeMs)}`;
    }),
  );
  return stamps.join(' ');
}

/** Undefined if there is no such file. */
export async function readIfThere(file: string): Promise<string | undefined> {
  return absentIsUndefined(readFile(file, 'utf8'));
}

async function absentIsUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
