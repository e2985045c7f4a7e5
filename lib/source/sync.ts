import { writtenMetadata } from '../manifest/render.ts';
import type { FileEntry } from '../ports/files.ts';
import type { SourceError } from '../types/generated.ts';
import { owningFile, parseRefKey, refKey, refOf, type Admitted } from '../types/objects.ts';
import { sameJson } from '../types/same-json.ts';
import { settleClaims } from './claims.ts';
import { settleConflicts } from './conflicts.ts';
import { isBelow, planDeletions, type Deletions } from './deletions.ts';
import { readFile } from './read.ts';
import type { FileMemory, FileObject, Put, StoredManifest, SyncInput, SyncMemory, SyncPlan } from './types.ts';

/**
 * What to do so that the store holds what the files say. A file applies whole or not at all; while it is broken its last good version,
 * which the store holds, stays. Whatever is not certainly known deletes nothing (invariant 5).
 */
export function planSync(input: SyncInput): SyncPlan {
  const stored = new Map(input.stored.map((object) => [refKey(refOf(object)), object]));
  const owned = new Map([...stored].filter(([, object]) => owningFile(object) !== undefined));
  if (!input.scan.ok) return planUnavailable(input.memory, owned.size, input.scan.reason);

  const { entries } = input.scan;
  const files = readFiles(entries, input, stored);
  const refused = entries.filter((entry) => entry.kind === 'refused');
  const isThere = (file: string): boolean => files.has(file) || refused.some(({ path }) => isBelow(file, path));
  const claims = settleConflicts(settleClaims(files, groupByFile(owned)), { stored, isThere });
  const held = new Set([...claims.good.values()].flat().map(({ key }) => key));
  const deletions = planDeletions({
    owned,
    held,
    files,
    unread: refused.map(({ path }) => path),
    broken: new Set([...files.keys()].filter((path) => !claims.good.has(path))),
    missingBefore: input.memory.missing,
    confirmed: input.confirmed,
    now: input.now,
  });
  const errors = [
    ...refused.map(({ path, code, reason }) => ({ file: path, code, message: `${path} ${reason}` })),
    ...[...files.values()].flatMap((file) => file.errors),
    ...claims.errors,
  ].sort(inOrder);
  return {
    ...describeState(errors, deletions),
    puts: findPuts(claims.good, stored),
    deletes: deletions.deletes.map(parseRefKey),
    errors,
    pendingDeletes: deletions.pending,
    confirmToken: deletions.token,
    recheckAfter: deletions.recheckAfter,
    files: files.size + refused.length,
    objects: new Set([...held, ...owned.keys()]).size - deletions.deletes.length,
    memory: { files, missing: deletions.missing },
  };
}

function planUnavailable(memory: SyncMemory, objects: number, reason: string): SyncPlan {
  const message = `the directory cannot be read: ${reason}. Nothing is changed until it can.`;
  return {
    state: 'Unavailable',
    message,
    puts: [],
    deletes: [],
    errors: [],
    pendingDeletes: [],
    files: 0,
    objects,
    memory: { files: memory.files, missing: new Map() },
  };
}

/** Content that is as it was is not read again: saving one file of many costs the reading of one. */
function readFiles(
  entries: readonly FileEntry[],
  { memory, policy }: SyncInput,
  stored: ReadonlyMap<string, StoredManifest>,
): Map<string, FileMemory> {
  const files = new Map<string, FileMemory>();
  for (const entry of entries) {
    if (entry.kind !== 'file') continue;
    const known = memory.files.get(entry.path);
    const isKnown = known !== undefined && !known.volatile && (known.content === entry.content || known.content.equals(entry.content));
    files.set(entry.path, isKnown ? known : readFile(entry, { policy, stored }));
  }
  return files;
}

function groupByFile(owned: ReadonlyMap<string, StoredManifest>): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [key, object] of owned) {
    const file = owningFile(object) ?? '';
    groups.set(file, [...(groups.get(file) ?? []), key]);
  }
  return groups;
}

function findPuts(good: ReadonlyMap<string, readonly FileObject[]>, stored: ReadonlyMap<string, StoredManifest>): Put[] {
  return [...good].flatMap(([file, objects]) =>
    objects.flatMap(({ key, object }) => {
      const previous = stored.get(key);
      return previous !== undefined && isInForce(object, file, previous) ? [] : [{ object, file, previous }];
    }),
  );
}

/** An object of the API whose manifest turns up in a file is adopted: only its owner changes, and nothing restarts. */
function isInForce(object: Admitted, file: string, previous: StoredManifest): boolean {
  return (
    owningFile(previous) === file && sameJson(object.spec, previous.spec) && sameJson(writtenMetadata(object), writtenMetadata(previous))
  );
}

function describeState(errors: readonly SourceError[], { pending }: Deletions): Pick<SyncPlan, 'state' | 'message'> {
  const broken = new Set(errors.map(({ file }) => file)).size;
  const files = `${broken} file${broken === 1 ? ' has' : 's have'} errors; what they last said well stays in force`;
  if (pending.length > 0) {
    const count = `${pending.length} object${pending.length === 1 ? '' : 's'}`;
    const message = `${count} would be deleted, which is all or more than half: nothing is deleted until "dswarm source confirm manifests"`;
    return { state: 'Paused', message: broken === 0 ? message : `${message}; ${files}` };
  }
  return broken === 0 ? { state: 'Ready', message: 'all files are applied' } : { state: 'Degraded', message: files };
}

function inOrder(a: SourceError, b: SourceError): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
