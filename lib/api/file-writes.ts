import { DswarmError, hasCode } from '../errors/error.ts';
import { sameJson } from '../types/same-json.ts';
import { CLIENT_ANNOTATION_PREFIX, owningFile, refOf, type Admitted } from '../types/objects.ts';
import type { ApiDeps, ManifestFiles, StoredManifest } from './deps.ts';

interface FileWrite {
  live: StoredManifest;
  next: StoredManifest;
  admitted: Admitted;
}

const ATTEMPTS = 5;

/**
 * A change to an object that a file owns is written into that file; the source then brings it to the store. What clients note for
 * themselves (kubectl's last-applied annotation, managedFields) has no place in a user's file and goes to the store directly.
 */
export async function writeThroughFile(deps: ApiDeps, write: FileWrite): Promise<StoredManifest> {
  const { live, next } = write;
  const after = withoutClientAnnotations(write.admitted);
  if (!isSameManifest(live, after)) await filesOf(deps, live).write(live, after);
  return keepClientNotes(deps, next);
}

/** The files port, or an error that says what is missing. */
export function filesOf(deps: ApiDeps, object: StoredManifest | undefined): ManifestFiles {
  if (deps.files !== undefined) return deps.files;
  const owner =
    object === undefined
      ? 'no directory of manifests is watched'
      : `the object belongs to the file ${owningFile(object) ?? ''}, and its directory is not watched`;
  throw new DswarmError('DSW_API_UNSUPPORTED', owner, { hint: 'Start the controller with --manifests DIR.' });
}

function withoutClientAnnotations<T extends Admitted>(object: T): T {
  const entries = Object.entries(object.metadata.annotations ?? {}).filter(([key]) => !key.startsWith(CLIENT_ANNOTATION_PREFIX));
  const { annotations: _, ...metadata } = object.metadata;
  return { ...object, metadata: entries.length === 0 ? metadata : { ...metadata, annotations: Object.fromEntries(entries) } };
}

function isSameManifest(live: StoredManifest, after: Admitted): boolean {
  const before = withoutClientAnnotations(live);
  const annotations = Object.fromEntries(Object.entries(before.metadata.annotations ?? {}).filter(([key]) => !key.startsWith('dswarm/')));
  return (
    sameJson(before.spec, after.spec) &&
    sameJson(before.metadata.labels ?? {}, after.metadata.labels ?? {}) &&
    sameJson(annotations, after.metadata.annotations ?? {})
  );
}

async function keepClientNotes(deps: ApiDeps, next: StoredManifest): Promise<StoredManifest> {
  const ref = refOf(next);
  for (let attempt = 1; ; attempt += 1) {
    const current = deps.store.snapshot().get(ref) as StoredManifest | undefined;
    if (current === undefined) return next;
    const put = { ...current, metadata: { ...current.metadata, ...notesOf(current, next) } } as StoredManifest;
    try {
      const snapshot = await deps.store.commit([{ put, expect: current.metadata.resourceVersion }]);
      return (snapshot.get(ref) ?? put) as StoredManifest;
    } catch (error) {
      if (!hasCode(error, 'DSW_STORE_CONFLICT') || attempt === ATTEMPTS) throw error;
    }
  }
}

function notesOf(current: StoredManifest, next: StoredManifest): Partial<StoredManifest['metadata']> {
  const isNote = ([key]: [string, string]): boolean => key.startsWith(CLIENT_ANNOTATION_PREFIX);
  const notes = Object.entries(next.metadata.annotations ?? {}).filter(isNote);
  const others = Object.entries(current.metadata.annotations ?? {}).filter((entry) => !isNote(entry));
  const { managedFields } = next.metadata;
  return { annotations: Object.fromEntries([...others, ...notes]), ...(managedFields && { managedFields }) };
}
