import type { JsonObject, JsonValue } from '../types/objects.ts';
import { isObject, own } from './json.ts';

/** Paths of fields. A list is one field (atomic): its items are not owned one by one. Keys may hold any character but NUL. */
export type FieldSet = ReadonlySet<string>;
export type Path = readonly string[];

const SEPARATOR = '\0';

export const pathKey = (path: Path): string => path.join(SEPARATOR);
export const keyPath = (key: string): Path => key.split(SEPARATOR);

/** What identifies an object, and what the server alone sets: owned by nobody. */
const UNOWNED = new Set([
  'apiVersion',
  'kind',
  'status',
  ...['name', 'namespace', 'uid', 'generation', 'resourceVersion', 'creationTimestamp', 'managedFields', 'selfLink'].map(
    (name) => `metadata${SEPARATOR}${name}`,
  ),
]);

/** The fields that an object sets: its leaves. */
export function fieldsOf(object: JsonObject): FieldSet {
  const fields = new Set<string>();
  collect(object, [], fields);
  return fields;
}

function collect(value: JsonValue, path: Path, fields: Set<string>): void {
  const key = pathKey(path);
  if (UNOWNED.has(key)) return;
  if (!isObject(value) || (Object.keys(value).length === 0 && path.length > 1)) fields.add(key);
  else for (const [name, item] of Object.entries(value)) collect(item, [...path, name], fields);
}

/** As managedFields carry it (FieldsV1): {"f:spec": {"f:replicas": {}}}. */
export function encodeFields(fields: FieldSet): JsonObject {
  const root: JsonObject = {};
  for (const key of [...fields].sort()) {
    let node = root;
    for (const name of keyPath(key)) {
      const next = own(node, `f:${name}`);
      const child: JsonObject = isObject(next) ? next : {};
      node[`f:${name}`] = child;
      node = child;
    }
  }
  return root;
}

/** Markers for items of lists and for maps themselves (`k:`, `v:`, `i:`, `.`) mean nothing here: lists are atomic. */
export function decodeFields(encoded: JsonValue | undefined): FieldSet {
  const fields = new Set<string>();
  if (isObject(encoded)) decodeInto(encoded, [], fields);
  return fields;
}

function decodeInto(node: JsonObject, path: Path, fields: Set<string>): void {
  const children = Object.entries(node).filter(([name]) => name.startsWith('f:'));
  if (children.length === 0 && path.length > 0) fields.add(pathKey(path));
  for (const [name, child] of children) if (isObject(child)) decodeInto(child, [...path, name.slice(2)], fields);
}

export function valueAt(object: JsonValue | undefined, path: Path): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>((value, name) => (isObject(value) ? own(value, name) : undefined), object);
}

/** Copies without the field, and without what becomes empty by that, down to the given depth. */
export function removeAt(object: JsonObject, path: Path): JsonObject {
  const [name, ...rest] = path;
  if (name === undefined || !Object.hasOwn(object, name)) return object;
  const child = object[name];
  const kept = rest.length > 0 && isObject(child) ? removeAt(child, rest) : undefined;
  const entries = Object.entries(object).flatMap(([key, value]): [string, JsonValue][] => {
    if (key !== name) return [[key, value]];
    return kept === undefined || Object.keys(kept).length === 0 ? [] : [[key, kept]];
  });
  return Object.fromEntries(entries);
}

/** Whether one of the two lies within the other. */
export function overlaps(left: string, right: string): boolean {
  return left === right || left.startsWith(right + SEPARATOR) || right.startsWith(left + SEPARATOR);
}

/** As people write it: `.spec.env.KEY`, `.metadata.labels.example.com/x`. */
export function describePath(key: string): string {
  return `.${keyPath(key).join('.')}`;
}
