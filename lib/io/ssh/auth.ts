import { stat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import type { AnyAuthMethod } from 'ssh2';
import { DswarmError } from '../../errors/error.ts';
import type { Endpoint } from './config.ts';

/** Tried in this order where the manifest and ~/.ssh/config name no key (ssh(1)). */
const USUAL_FILES = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

export interface AuthSources {
  home: string;
  /** SSH_AUTH_SOCK. */
  agent: string | undefined;
}

export interface AuthPlan {
  methods: AnyAuthMethod[];
  /** What is offered, for the message when all is refused: never a key itself (invariant 16). */
  offered: string[];
}

type KeyFile =
  | { kind: 'usable'; path: string; key: Buffer }
  | { kind: 'encrypted'; path: string }
  | { kind: 'absent'; path: string }
  | { kind: 'bad'; path: string; why: string };

/** Chooses what to log in with. A named key file comes first; the agent stands in for one with a passphrase. */
export async function planAuth(endpoint: Endpoint, sources: AuthSources): Promise<AuthPlan> {
  const agent = await aliveAgent(sources.agent);
  const named = endpoint.identityFiles.length > 0;
  const paths = named ? endpoint.identityFiles : USUAL_FILES.map((name) => join(sources.home, '.ssh', name));
  const files = await Promise.all(paths.map(readKeyFile));
  const usable = files.filter((file) => file.kind === 'usable');
  const plan: AuthPlan = { methods: [], offered: [] };
  const offerAgent = (): void => {
    if (agent === undefined) return;
    plan.methods.push({ type: 'agent', username: endpoint.user, agent });
    plan.offered.push('the keys of ssh-agent');
  };
  if (!named) offerAgent();
  for (const file of usable) {
    plan.methods.push({ type: 'publickey', username: endpoint.user, key: file.key });
    plan.offered.push(file.path);
  }
  if (named && usable.length < files.length) offerAgent();
  if (plan.methods.length === 0) throw explainNoKey(endpoint, files, named);
  return plan;
}

function explainNoKey(endpoint: Endpoint, files: readonly KeyFile[], named: boolean): DswarmError {
  const details = { where: endpoint.where, ...(named ? { path: 'spec.ssh.identityFile' } : {}) };
  const encrypted = files.find((file) => file.kind === 'encrypted');
  if (encrypted !== undefined)
    return new DswarmError(
      'DSW_SSH_KEY_ENCRYPTED',
      `the private key ${encrypted.path} has a passphrase, and no ssh-agent is there`,
      details,
    );
  const bad = files.find((file) => file.kind === 'bad');
  if (bad !== undefined)
    return new DswarmError('DSW_SSH_KEY_UNREADABLE', `the private key ${bad.path} cannot be used: ${bad.why}`, details);
  const paths = files.map((file) => file.path).join(', ');
  if (named) return new DswarmError('DSW_SSH_KEY_UNREADABLE', `there is no private key ${paths}`, details);
  return new DswarmError('DSW_SSH_NO_KEY', `no ssh-agent, and none of ${paths}`, details);
}

async function readKeyFile(path: string): Promise<KeyFile> {
  try {
    const key = await readFile(path);
    const parsed = ssh2.utils.parseKey(key);
    if (!(parsed instanceof Error))
      return parsed.isPrivateKey() ? { kind: 'usable', path, key } : { kind: 'bad', path, why: 'it is a public key' };
    return /passphrase|encrypted/i.test(parsed.message) ? { kind: 'encrypted', path } : { kind: 'bad', path, why: parsed.message };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? { kind: 'absent', path } : { kind: 'bad', path, why: message };
  }
}

/** A socket that is not there (any more) is no agent. */
async function aliveAgent(path: string | undefined): Promise<string | undefined> {
  if (path === undefined || path === '') return undefined;
  try {
    return (await stat(path)).isSocket() ? path : undefined;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
