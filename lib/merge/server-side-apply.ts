import type { JsonObject, JsonValue } from '../types/objects.ts';
import { describePath, fieldsOf, keyPath, overlaps, removeAt, valueAt, type FieldSet } from './field-set.ts';
import { sameJson } from '../types/same-json.ts';
import { isObject, own, withKey } from './json.ts';
import { claim, filterSet, isSameWriter, readManagedFields, writeManagedFields, type Ownership, type Writer } from './managed-fields.ts';

export interface ApplyConflict {
  manager: string;
  operation: Ownership['operation'];
  /** `.spec.replicas` */
  field: string;
  time: string;
}

export type ApplyResult = { object: JsonObject } | { conflicts: ApplyConflict[] };

export interface ApplyInput {
  /** The object as it is stored; undefined: it is to be created. */
  live: JsonObject | undefined;
  applied: JsonObject;
  manager: string;
  force: boolean;
  /** RFC 3339. */
  time: string;
}

/**
 * Server-side apply as Kubernetes does it, with lists as atomic fields: the applied fields are set and owned by the manager; what it
 * applied before and leaves out now goes, unless others own it too; setting another's field to another value is a conflict.
 */
export function applyServerSide(input: ApplyInput): ApplyResult {
  const { live, applied, force } = input;
  const writer: Writer = { manager: input.manager, operation: 'Apply', time: input.time };
  const owners = readManagedFields(live);
  const mine = owners.find((owner) => isSameWriter(owner, writer));
  const others = owners.filter((owner) => !isSameWriter(owner, writer));
  const fields = fieldsOf(applied);
  const contested = filterSet(fields, (key) => !isEmptyMap(valueAt(applied, keyPath(key))) && differs(live, applied, key));

  const conflicts = others.flatMap((owner) => conflictsWith(owner, contested));
  if (conflicts.length > 0 && !force) return { conflicts };

  const dropped = filterSet(
    mine?.fields ?? new Set(),
    (key) => !overlapsAny(fields, key) && !others.some((owner) => overlapsAny(owner.fields, key)),
  );
  const pruned = [...dropped].reduce((object, key) => removeAt(object, keyPath(key)), live ?? {});
  const merged = merge(pruned, applied) as JsonObject;
  const left = others.map((owner) => ({ ...owner, fields: filterSet(owner.fields, (key) => !overlapsAny(contested, key)) }));
  return { object: writeManagedFields(merged, [...left, claim(mine, writer, fields)]) };
}

function conflictsWith(owner: Ownership, contested: FieldSet): ApplyConflict[] {
  const { manager, operation, time } = owner;
  const found = filterSet(contested, (key) => overlapsAny(owner.fields, key));
  return [...found].map((key) => ({ manager, operation, field: describePath(key), time }));
}

function differs(live: JsonObject | undefined, applied: JsonObject, key: string): boolean {
  return !sameJson(valueAt(live, keyPath(key)), valueAt(applied, keyPath(key)));
}

function overlapsAny(fields: FieldSet, key: string): boolean {
  return fields.has(key) || [...fields].some((other) => overlaps(other, key));
}

function isEmptyMap(value: JsonValue | undefined): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

function merge(live: JsonValue | undefined, applied: JsonValue): JsonValue {
  if (!isObject(applied) || !isObject(live)) return applied;
  return Object.entries(applied).reduce((object, [key, value]) => withKey(object, key, merge(own(object, key), value)), live);
}

/** As Kubernetes words it; kubectl shows this text. */
export function describeConflicts(conflicts: readonly ApplyConflict[]): string {
  const count = conflicts.length === 1 ? '1 conflict' : `${conflicts.length} conflicts`;
  const each = conflicts.map(
    (conflict) => `conflict with "${conflict.manager}"${conflict.operation === 'Update' ? ' using dswarm/v1' : ''}: ${conflict.field}`,
  );
  return `Apply failed with ${count}: ${each.join(', ')}`;
}
