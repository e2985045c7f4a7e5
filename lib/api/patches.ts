import { applyJsonPatch } from '../merge/json-patch.ts';
import { isObject } from '../merge/json.ts';
import { applyMergePatch } from '../merge/merge-patch.ts';
import { applyServerSide, describeConflicts, type ApplyConflict } from '../merge/server-side-apply.ts';
import type { JsonObject, JsonValue, ObjectRef } from '../types/objects.ts';
import { DswarmError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import { asJson, forAdmission, metadataOf } from './document.ts';
import { objectBody } from './body.ts';
import { ApiError, badRequest, failure, notFound } from './status.ts';
import type { Modify } from './writes.ts';

export type PatchType = 'merge' | 'json' | 'apply';

/** Strategic merge patch is for types built into Kubernetes; as with its custom resources, clients are told to use another. */
export function patchTypeOf(contentType: string): PatchType {
  switch (contentType.split(';')[0]?.trim().toLowerCase()) {
    case 'application/merge-patch+json':
    case 'application/json':
      return 'merge';
    case 'application/json-patch+json':
      return 'json';
    case 'application/apply-patch+yaml':
    case 'application/apply-patch+json':
      return 'apply';
    default:
      throw new DswarmError(
        'DSW_API_MEDIA_TYPE',
        `the body of the patch is of the unsupported type ${contentType === '' ? '(none)' : contentType}`,
      );
  }
}

export interface PatchInput {
  type: PatchType;
  body: JsonValue;
  ref: ObjectRef;
  manager: string;
  force: boolean;
  clock: Clock;
}

export function patchWith(input: PatchInput): Modify {
  const { type, ref } = input;
  switch (type) {
    case 'apply':
      return applyWith(input, objectBody(input.body));
    case 'merge': {
      const patch = objectBody(input.body);
      return patchLive(ref, (live) => applyMergePatch(live, patch));
    }
    case 'json':
      return patchLive(ref, (live) => applyJsonPatch(live, input.body));
    default: {
      const never: never = type;
      return never;
    }
  }
}

/** What the patch leaves of the resourceVersion is of the object as it is: only one that the patch itself sets is a precondition. */
function patchLive(ref: ObjectRef, patch: (live: JsonObject) => JsonValue): Modify {
  return (live) => {
    if (live === undefined) throw notFound(ref);
    const patched = patch(asJson(live));
    if (!isObject(patched)) throw badRequest('the patch leaves no object');
    return { document: patched };
  };
}

function applyWith(input: PatchInput, applied: JsonObject): Modify {
  const managed = metadataOf(applied).managedFields;
  if (managed !== undefined && managed !== null) throw badRequest('metadata.managedFields must be nil');
  const time = new Date(input.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  const { resourceVersion, uid } = metadataOf(applied);
  return (live) => {
    const result = applyServerSide({
      live: live && asJson(live),
      applied: forAdmission(applied),
      manager: input.manager,
      force: input.force,
      time,
    });
    if ('conflicts' in result) throw conflict(result.conflicts);
    const { object } = result;
    const given = { ...(resourceVersion === undefined ? {} : { resourceVersion }), ...(uid === undefined ? {} : { uid }) };
    return { document: { ...object, metadata: { ...metadataOf(object), ...given } }, managedFields: object };
  };
}

function conflict(conflicts: readonly ApplyConflict[]): ApiError {
  const causes = conflicts.map((each) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with "${each.manager}"${each.operation === 'Update' ? ' using dswarm/v1' : ''}`,
    field: each.field,
  }));
  return new ApiError(failure(409, 'Conflict', describeConflicts(conflicts), { causes }));
}
