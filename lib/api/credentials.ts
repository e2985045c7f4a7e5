import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DswarmError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import { makeCertificate } from './certificate.ts';

/** What the loopback listener and its clients need; made once and kept, so that a kubeconfig stays good. */
export interface ApiCredentials {
  token: string;
  /** PEM. */
  certificate: string;
  key: string;
}

const TOKEN_LENGTH = 40;

/** Reads them from the state directory, or makes them there, for this user's eyes only. */
export function loadCredentials(directory: string, ports: { clock: Clock; ids: Ids }): ApiCredentials {
  const path = join(directory, 'api-credentials.json');
  try {
    if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as ApiCredentials;
    const made = { token: ports.ids.short(TOKEN_LENGTH), ...makeCertificate(ports.clock.now()) };
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // Renamed into place: a process that dies meanwhile leaves no half of it.
    writeFileSync(`${path}.new`, JSON.stringify(made), { mode: 0o600 });
    renameSync(`${path}.new`, path);
    return made;
  } catch (error) {
    throw new DswarmError('DSW_STORE_UNAVAILABLE', `cannot keep the credentials of the API: ${(error as Error).message}`, {
      where: path,
      cause: error,
    });
  }
}
