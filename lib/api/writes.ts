import { hasCode } from '../errors/error.ts';
import { admit } from '../manifest/admit.ts';
import { othersIn } from '../manifest/beside.ts';
import { toStored } from '../manifest/stored.ts';
import { readManagedFields, trackUpdate, writeManagedFields } from '../merge/managed-fields.ts';
import { owningFile, type Admitted, type JsonObject, type ObjectRef } from '../types/objects.ts';
import type { ApiDeps, StoredManifest } from './deps.ts';
import { asJson, checkPreconditions, forAdmission, identify, metadataOf } from './document.ts';
import { admitLeniently, type FieldValidation } from './field-validation.ts';
import { writeThroughFile } from './file-writes.ts';
import type { Resource } from './resource.ts';
import { alreadyExists, badRequest, invalid, modified, notFound } from './status.ts';

/** How often a change is made anew on top of what others wrote meanwhile. */
const ATTEMPTS = 5;

export interface WriteOptions {
  resource: Resource;
  ref: ObjectRef;
  dryRun: boolean;
  fieldValidation: FieldValidation;
  /** Who writes, for managedFields. */
  manager: string;
  subresource?: string;
}

/** What the change makes of the object as it is now. */
export type Modify = (live: StoredManifest | undefined) => {
  document: JsonObject;
  /** managedFields as server-side apply made them; otherwise what changed becomes the manager's. */
  managedFields?: JsonObject;
};

export interface Written {
  object: StoredManifest;
  created: boolean;
  warnings: string[];
}

/** Every change by a client comes through here: identity, preconditions, admission, ownership of fields, then store or file. */
export async function writeObject(deps: ApiDeps, options: WriteOptions, modify: Modify): Promise<Written> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await writeOnce(deps, options, modify);
    } catch (error) {
      if (!hasCode(error, 'DSW_STORE_CONFLICT')) throw error;
      // Its own preconditions are checked anew in each attempt: only what did not ask for a certain state is repeated.
      if (attempt === ATTEMPTS) throw modified(options.ref);
    }
  }
}

async function writeOnce(deps: ApiDeps, options: WriteOptions, modify: Modify): Promise<Written> {
  const { resource, ref } = options;
  const live = readManifest(deps, ref);
  const change = modify(live);
  const document = identify(change.document, resource, ref);
  if (live !== undefined) checkPreconditions(ref, metadataOf(document), live);
  const { admitted, warnings } = admitOrRefuse(deps, { document, live, options });
  const now = new Date(deps.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  const stored = toStored(admitted, { previous: live, uid: deps.ids.uid(), now });
  const owned = change.managedFields ?? ownedByUpdate({ live, document, options, now });
  const next = withManagedFields(stored, owned);
  const created = live === undefined;
  if (options.dryRun) return { object: next, created, warnings };
  return { object: await persist(deps, { live, next, admitted }), created, warnings };
}

export function readManifest(deps: ApiDeps, ref: ObjectRef): StoredManifest | undefined {
  return deps.store.snapshot().get(ref) as StoredManifest | undefined;
}

function admitOrRefuse(
  deps: ApiDeps,
  input: { document: JsonObject; live: StoredManifest | undefined; options: WriteOptions },
): { admitted: Admitted; warnings: string[] } {
  const { live, options } = input;
  const others = othersIn(deps.store.snapshot());
  const admitDocument = (value: JsonObject): ReturnType<typeof admit> => admit({ value }, { previous: live, policy: deps.policy, others });
  const { admission, warnings } = admitLeniently(forAdmission(input.document), options.fieldValidation, admitDocument);
  if (admission.errors === undefined) return { admitted: admission.object, warnings };
  for (const { code } of admission.errors) deps.metrics.count('dswarm_admission_denied_total', { code });
  throw invalid(options.ref, admission.errors);
}

function ownedByUpdate(input: { live: StoredManifest | undefined; document: JsonObject; options: WriteOptions; now: string }): JsonObject {
  const { live, document, options } = input;
  const writer = { manager: options.manager, operation: 'Update', time: input.now, subresource: options.subresource } as const;
  // A client may reset managedFields, as kubectl does when it moves from client-side to server-side apply; leaving them out keeps them.
  const before = live === undefined ? undefined : asJson(live);
  const kept = metadataOf(document).managedFields === undefined ? writeManagedFields(document, readManagedFields(before)) : document;
  return trackUpdate(before, kept, writer);
}

function withManagedFields(stored: StoredManifest, from: JsonObject): StoredManifest {
  const { managedFields: _, ...metadata } = stored.metadata;
  const owned = metadataOf(from).managedFields;
  return { ...stored, metadata: owned === undefined ? metadata : { ...metadata, managedFields: owned } } as StoredManifest;
}

async function persist(
  deps: ApiDeps,
  change: { live: StoredManifest | undefined; next: StoredManifest; admitted: Admitted },
): Promise<StoredManifest> {
  const { live, next } = change;
  if (live !== undefined && owningFile(live) !== undefined) return writeThroughFile(deps, { live, next, admitted: change.admitted });
  const expect = live?.metadata.resourceVersion ?? 'absent';
  const snapshot = await deps.store.commit([{ put: next, expect }]);
  return snapshot.get({ kind: next.kind, namespace: next.metadata.namespace, name: next.metadata.name }) as StoredManifest;
}

/** For PUT: the document as it was sent. */
export function replaceWith(document: JsonObject, ref: ObjectRef): Modify {
  return (live) => {
    if (live === undefined) throw notFound(ref);
    return { document };
  };
}

/** For POST: there must be none yet. */
export function createFrom(document: JsonObject, ref: ObjectRef): Modify {
  const { resourceVersion } = metadataOf(document);
  if (typeof resourceVersion === 'string' && resourceVersion !== '')
    throw badRequest('resourceVersion should not be set on objects to be created');
  return (live) => {
    if (live !== undefined) throw alreadyExists(ref);
    return { document };
  };
}
