import { createHash } from 'node:crypto';
import { owningFile, parseRefKey } from '../types/objects.ts';
import type { FileMemory, StoredManifest } from './types.ts';

/**
 * How long an object must be in no file, with nothing more going missing, before it is deleted (ms). Saving by unlink and create, moving
 * a file and checking out a branch all take a file away for a moment; and what a tool deletes over seconds is seen as a whole.
 */
export const SETTLE_MS = 150;

/** More than so many, and more than half of all: a person is asked. */
const FEW = 3;

export interface DeletionInput {
  /** Objects that files own, by key. */
  owned: ReadonlyMap<string, StoredManifest>;
  /** Keys that files now hold. */
  held: ReadonlySet<string>;
  files: ReadonlyMap<string, FileMemory>;
  /** Paths that are there but cannot be read; a folder stands for all below it. */
  unread: readonly string[];
  /** Files that apply nothing now: what they own stays. */
  broken: ReadonlySet<string>;
  missingBefore: ReadonlyMap<string, number>;
  confirmed: string | undefined;
  now: number;
}

export interface Deletions {
  deletes: readonly string[];
  pending: readonly string[];
  token?: string;
  missing: ReadonlyMap<string, number>;
  recheckAfter?: number;
}

export function planDeletions(input: DeletionInput): Deletions {
  const gone = [...input.owned]
    .filter(([key, object]) => isGone(key, object, input))
    .map(([key]) => key)
    .sort();
  const missing = new Map(gone.map((key) => [key, input.missingBefore.get(key) ?? input.now]));
  if (gone.length === 0) return { deletes: [], pending: [], missing };
  if (isSuspicious(gone.length, input)) {
    const token = tokenOf(gone);
    if (input.confirmed !== token) return { deletes: [], pending: gone, token, missing };
    return { deletes: gone, pending: [], missing: new Map() };
  }
  const settledAt = Math.max(...missing.values()) + SETTLE_MS;
  if (input.now < settledAt) return { deletes: [], pending: [], missing, recheckAfter: settledAt - input.now };
  return { deletes: gone, pending: [], missing: new Map() };
}

/** A folder that cannot be read stands for all below it. */
export function isBelow(file: string, path: string): boolean {
  return file === path || file.startsWith(`${path}/`);
}

function isGone(key: string, object: StoredManifest, input: DeletionInput): boolean {
  const file = owningFile(object) ?? '';
  if (input.held.has(key) || input.broken.has(file)) return false;
  if (input.unread.some((path) => isBelow(file, path))) return false;
  return !isMentioned(key, input);
}

/** A broken file that holds nothing yet may be where the object has moved to: if it so much as names it, the object stays. */
function isMentioned(key: string, { files, broken }: DeletionInput): boolean {
  const { name } = parseRefKey(key);
  return [...broken].some((path) => {
    const file = files.get(path);
    return file !== undefined && (file.named.includes(key) || (file.named.length === 0 && file.content.includes(name)));
  });
}

/** Invariant 5: an empty directory, or one that lost most of its objects at once, is more likely a mistake than a wish. */
function isSuspicious(count: number, { owned, files, unread }: DeletionInput): boolean {
  const isEmpty = files.size === 0 && unread.length === 0;
  return isEmpty || (count > FEW && count * 2 > owned.size);
}

/** Names exactly these deletions: a confirmation is for no others. */
function tokenOf(keys: readonly string[]): string {
  return createHash('sha256').update(keys.join('\n')).digest('hex').slice(0, 12);
}
