import type { JsonObject, JsonValue } from '../types/objects.ts';
import { decodeFields, encodeFields, fieldsOf, keyPath, overlaps, valueAt, type FieldSet } from './field-set.ts';
import { sameJson } from '../types/same-json.ts';
import { isObject } from './json.ts';

/** Who set which fields, and how. Kubernetes' managedFields, one entry a manager and operation. */
export interface Ownership {
  manager: string;
  operation: 'Apply' | 'Update';
  subresource?: string;
  /** RFC 3339; when its fields last changed. */
  time: string;
  fields: FieldSet;
}

export interface Writer {
  manager: string;
  operation: 'Apply' | 'Update';
  subresource?: string | undefined;
  time: string;
}

export function readManagedFields(object: JsonObject | undefined): Ownership[] {
  const entries = valueAt(object, ['metadata', 'managedFields']);
  if (!Array.isArray(entries)) return [];
  return entries.filter(isObject).flatMap((entry) => {
    if (typeof entry.manager !== 'string' || (entry.operation !== 'Apply' && entry.operation !== 'Update')) return [];
    const subresource = typeof entry.subresource === 'string' && entry.subresource !== '' ? { subresource: entry.subresource } : {};
    const time = typeof entry.time === 'string' ? entry.time : '';
    return [{ manager: entry.manager, operation: entry.operation, ...subresource, time, fields: decodeFields(entry.fieldsV1) }];
  });
}

/** Sets managedFields; entries that own nothing go. */
export function writeManagedFields(object: JsonObject, owners: readonly Ownership[]): JsonObject {
  const { managedFields: _, ...metadata } = isObject(object.metadata) ? object.metadata : {};
  const entries = owners.filter((each) => each.fields.size > 0).map(encodeEntry);
  return { ...object, metadata: entries.length === 0 ? metadata : { ...metadata, managedFields: entries } };
}

function encodeEntry(owner: Ownership): JsonValue {
  const { manager, operation, subresource, time, fields } = owner;
  const head = { manager, operation, apiVersion: 'dswarm/v1', time, fieldsType: 'FieldsV1', fieldsV1: encodeFields(fields) };
  return subresource === undefined ? head : { ...head, subresource };
}

export function isSameWriter(owner: Ownership, writer: Writer): boolean {
  return owner.manager === writer.manager && owner.operation === writer.operation && owner.subresource === writer.subresource;
}

/** Gives the fields that an update, patch or create changed to its writer, and takes them from all others. */
export function trackUpdate(before: JsonObject | undefined, after: JsonObject, writer: Writer): JsonObject {
  const owners = readManagedFields(after);
  const present = fieldsOf(after);
  const changed = new Set([...present].filter((key) => !sameJson(valueAt(before, keyPath(key)), valueAt(after, keyPath(key)))));
  const others = owners
    .filter((owner) => !isSameWriter(owner, writer))
    .map((owner) => ({ ...owner, fields: filterSet(owner.fields, (key) => isThere(after, key) && !clashes(changed, key)) }));
  const mine = owners.find((owner) => isSameWriter(owner, writer));
  const kept = filterSet(mine?.fields ?? new Set(), (key) => present.has(key));
  const fields = new Set([...kept, ...changed]);
  return writeManagedFields(after, [...others, claim(mine, writer, fields)]);
}

/** A writer's entry; its time stays where its fields do. */
export function claim(before: Ownership | undefined, writer: Writer, fields: FieldSet): Ownership {
  const { manager, operation, subresource } = writer;
  const time = before !== undefined && sameSet(before.fields, fields) ? before.time : writer.time;
  return { manager, operation, ...(subresource === undefined ? {} : { subresource }), time, fields };
}

export function filterSet(fields: FieldSet, keep: (key: string) => boolean): FieldSet {
  return new Set([...fields].filter(keep));
}

function isThere(object: JsonObject, key: string): boolean {
  return valueAt(object, keyPath(key)) !== undefined;
}

function clashes(changed: FieldSet, key: string): boolean {
  return changed.has(key) || [...changed].some((other) => overlaps(other, key));
}

function sameSet(left: FieldSet, right: FieldSet): boolean {
  return left.size === right.size && [...left].every((key) => right.has(key));
}
