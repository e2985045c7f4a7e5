import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Option } from 'commander';
import { chooseAddress } from '../client/address.ts';
import { createClient, type Client } from '../client/client.ts';
import { findKind, KINDS } from '../manifest/kinds.ts';
import type { Kind } from '../types/objects.ts';
import type { Line } from './complete.ts';
import { SHELLS } from './complete-script.ts';
import type { Io } from './io.ts';
import { DEFAULT_NAMESPACE } from './session.ts';
import { FILTER_KEYS, LIST_FORMATS } from './task-filters.ts';

export interface Candidate {
  value: string;
  description?: string;
}

export interface Candidates {
  candidates: Candidate[];
  /** The word may go on: no space behind it. */
  noSpace?: boolean;
}

export interface Asked extends Line {
  current: string;
  io: Io;
}

const FILE_FLAGS: readonly string[] = ['filename', 'manifests', 'state', 'socket', 'tokenFile', 'identityFile', 'write'];
/** A shell waits for the answer: a controller that is slow is not waited for. */
const DEADLINE_MS = 1500;

export async function valueCandidates(option: Option, asked: Asked): Promise<Candidates> {
  const name = option.attributeName();
  if (option.argChoices !== undefined) return list(option.argChoices);
  if (FILE_FLAGS.includes(name)) return files(asked);
  if (name === 'namespace') return list(await namespaces(asked));
  if (name === 'format') return list(LIST_FORMATS);
  if (name === 'filter') return { ...list(FILTER_KEYS.map((key) => `${key}=`)), noSpace: true };
  if (name === 'output') return list(['wide', 'json', 'yaml', 'name']);
  if (name === 'for' && asked.command.name() === 'wait') return list(['condition=Ready', 'condition=Complete', 'delete', 'create']);
  if (name === 'dryRun') return list(['client', 'server']);
  return list([]);
}

export async function positionalCandidates(asked: Asked): Promise<Candidates> {
  const { command, operands } = asked;
  switch (command.name()) {
    case 'get':
    case 'describe':
    case 'delete':
    case 'scale':
    case 'wait':
      return resources(asked);
    case 'logs':
      return operands.length > 0 ? list([]) : list([...(await names(asked, 'Service')), ...(await names(asked, 'Task'))]);
    case 'exec':
      return operands.length > 0 ? list([]) : list([...(await names(asked, 'Task')), ...(await names(asked, 'Service'))]);
    case 'status':
    case 'history':
    case 'undo':
    case 'restart':
    case 'pause':
    case 'resume':
      return operands.length > 0 ? list([]) : list((await names(asked, 'Service')).map((name) => `service/${name}`));
    case 'ps':
      return list((await names(asked, command.parent?.name() === 'node' ? 'Node' : 'Service')).filter((name) => !operands.includes(name)));
    case 'confirm':
      return operands.length > 0 ? list([]) : list(await names(asked, 'Source'));
    case 'drain':
    case 'cordon':
    case 'uncordon':
    case 'promote':
    case 'demote':
    case 'rm':
      return list((await names(asked, 'Node')).filter((name) => !operands.includes(name)));
    case 'explain':
      return list(Object.values(KINDS).map((info) => info.singular));
    case 'completion':
      return list(SHELLS);
    case 'validate':
      return files(asked);
    default:
      return { candidates: command.commands.map((each) => ({ value: each.name(), description: each.description() })) };
  }
}

/** Kinds, `kind/name` once a kind is written, names behind a kind. */
async function resources(asked: Asked): Promise<Candidates> {
  const [first] = asked.operands;
  const typed = asked.current.split('/')[0] ?? '';
  if (asked.current.includes('/')) {
    const kind = findKind(typed)?.kind;
    return kind === undefined ? list([]) : list((await names(asked, kind)).map((name) => `${typed}/${name}`));
  }
  if (first === undefined) return list(Object.values(KINDS).map((info) => info.plural));
  const kind = findKind(first)?.kind;
  return kind === undefined ? list([]) : list((await names(asked, kind)).filter((name) => !asked.operands.includes(name)));
}

async function names(asked: Asked, kind: Kind): Promise<string[]> {
  const namespace = KINDS[kind].scope === 'Cluster' ? undefined : (asked.namespace ?? DEFAULT_NAMESPACE);
  return ask(asked, async (client, signal) => (await client.list(kind, { namespace, signal })).items.map((item) => item.metadata.name));
}

async function namespaces(asked: Asked): Promise<string[]> {
  return ask(asked, async (client, signal) => {
    const { items } = await client.list('Service', { signal });
    return [...new Set([DEFAULT_NAMESPACE, ...items.map((item) => item.metadata.namespace ?? DEFAULT_NAMESPACE)])];
  });
}

/** Without a controller there are no names to offer, and a completion is no place for errors. */
async function ask(asked: Asked, question: (client: Client, signal: AbortSignal) => Promise<string[]>): Promise<string[]> {
  try {
    return await question(createClient(chooseAddress(asked.connection, asked.io)), AbortSignal.timeout(DEADLINE_MS));
  } catch (error) {
    if (error instanceof Error) return [];
    throw error;
  }
}

function files({ current, io }: Asked): Candidates {
  const folder = current.slice(0, current.lastIndexOf('/') + 1);
  try {
    const entries = readdirSync(path.resolve(io.cwd, folder === '' ? '.' : folder), { withFileTypes: true });
    const shown = entries.filter((entry) => current !== folder || !entry.name.startsWith('.'));
    const candidates = shown.map((entry) => ({ value: `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}` }));
    const fitting = candidates.filter(({ value }) => value.startsWith(current));
    return { candidates, noSpace: fitting.length === 1 && fitting[0]?.value.endsWith('/') === true };
  } catch (error) {
    if (error instanceof Error && 'code' in error) return { candidates: [] };
    throw error;
  }
}

function list(values: readonly string[]): Candidates {
  return { candidates: values.map((value) => ({ value })) };
}
