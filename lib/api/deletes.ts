import { isObject } from '../merge/json.ts';
import { removeStored } from '../runtime/removal.ts';
import { owningFile, type JsonObject, type JsonValue, type ObjectRef } from '../types/objects.ts';
import { isoTime } from '../types/time.ts';
import type { ApiDeps, StoredManifest } from './deps.ts';
import { checkPreconditions } from './document.ts';
import { filesOf } from './file-writes.ts';
import { resourceOf, success, notFound, type Status } from './status.ts';
import { readManifest } from './writes.ts';

export interface DeleteOptions {
  dryRun: boolean;
  preconditions: JsonObject;
}

/** From the body of a DELETE (meta/v1 DeleteOptions) and its query. What belongs to an object always goes with it: propagationPolicy changes nothing. */
export function deleteOptionsOf(body: JsonValue | undefined, query: { dryRun?: string | string[] }): DeleteOptions {
  const options = isObject(body) ? body : {};
  const dryRun = isDryRun(query.dryRun) || (Array.isArray(options.dryRun) && options.dryRun.includes('All'));
  return { dryRun, preconditions: isObject(options.preconditions) ? options.preconditions : {} };
}

export function isDryRun(value: string | string[] | undefined): boolean {
  return value === 'All' || (Array.isArray(value) && value.includes('All'));
}

/** Its containers go once the controller sees that it is gone. */
export async function deleteObject(deps: ApiDeps, ref: ObjectRef, options: DeleteOptions): Promise<Status> {
  const live = readManifest(deps, ref);
  if (live === undefined) throw notFound(ref);
  checkPreconditions(ref, options.preconditions, live);
  if (!options.dryRun) await remove(deps, ref, live);
  const { info, group } = resourceOf(ref);
  return success({ name: ref.name, group, kind: info.plural, uid: live.metadata.uid });
}

async function remove(deps: ApiDeps, ref: ObjectRef, live: StoredManifest): Promise<void> {
  if (owningFile(live) !== undefined) return filesOf(deps, live).remove(live);
  // Whatever changed meanwhile: who deletes means the object in whatever state it is in.
  await removeStored(deps.store, [ref], isoTime(deps.clock.now()));
}
