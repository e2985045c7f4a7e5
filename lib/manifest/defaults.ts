import type { JsonObject, JsonValue, Kind } from '../types/objects.ts';
import { KINDS, SCHEMAS } from './kinds.ts';
import { isObject } from './parse.ts';
import { COMMON_SCHEMA } from './shared-schema.ts';
import { sameJson } from '../types/same-json.ts';

interface Schema {
  $ref?: string;
  type?: string | string[];
  default?: JsonValue;
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
}

const DEFINITIONS = COMMON_SCHEMA.$defs as unknown as Record<string, Schema>;

/** The object with short forms written out, the namespace set and every default of its schema filled in; the argument stays as it is. */
export function applyDefaults(kind: Kind, value: JsonObject): JsonObject {
  const object = structuredClone(value);
  const metadata = object['metadata'] as JsonObject;
  if (KINDS[kind].scope === 'Namespaced') metadata['namespace'] ??= 'default';
  const schema = SCHEMAS[kind] as Schema;
  object['spec'] ??= {};
  expandShortForms(object['spec'] as JsonObject);
  if (kind === 'CronJob') expandTemplate(object['spec'] as JsonObject);
  const spec = schema.properties?.['spec'];
  if (spec !== undefined) fill(spec, object['spec']);
  return object;
}

function expandShortForms(spec: JsonObject): void {
  if (Array.isArray(spec['ports'])) spec['ports'] = spec['ports'].map((port) => (typeof port === 'string' ? expandPort(port) : port));
  if (Array.isArray(spec['networks']))
    spec['networks'] = spec['networks'].map((network) => (typeof network === 'string' ? { name: network } : network));
}

/** What is run at set times is a job. */
function expandTemplate(spec: JsonObject): void {
  const template = spec['serviceTemplate'];
  if (!isObject(template) || !isObject(template['spec'])) return;
  template['spec']['mode'] ??= 'replicated-job';
  expandShortForms(template['spec']);
}

/** `8080:80/udp`: published, target, protocol. */
function expandPort(text: string): JsonObject {
  const [ports = '', protocol = 'tcp'] = text.split('/');
  const [first = '', second] = ports.split(':');
  return second === undefined ? { target: Number(first), protocol } : { target: Number(second), published: Number(first), protocol };
}

function fill(schema: Schema, value: JsonValue): void {
  const resolved = resolve(schema, value);
  if (Array.isArray(value)) {
    if (resolved.items !== undefined) for (const item of value) fill(resolved.items, item);
    return;
  }
  if (!isObject(value)) return;
  for (const [name, property] of Object.entries(resolved.properties ?? {})) {
    if (value[name] === undefined && property.default !== undefined) value[name] = structuredClone(property.default);
    const child = value[name];
    if (child !== undefined) fill(property, child);
  }
}

/** The opposite of applyDefaults: without what would be filled in again. The argument stays as it is. */
export function stripDefaults(kind: Kind, spec: JsonObject): JsonObject {
  const schema = (SCHEMAS[kind] as Schema).properties?.['spec'];
  return schema === undefined ? spec : (strip(schema, spec) as JsonObject);
}

function strip(schema: Schema, value: JsonValue): JsonValue {
  const resolved = resolve(schema, value);
  if (Array.isArray(value)) return value.map((item) => (resolved.items === undefined ? item : strip(resolved.items, item)));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).flatMap(([name, child]): [string, JsonValue][] => {
    const property = resolved.properties?.[name];
    if (property === undefined) return [[name, child]];
    const stripped = strip(property, child);
    return property.default !== undefined && sameJson(stripped, property.default) ? [] : [[name, stripped]];
  });
  return Object.fromEntries(kept);
}

/** Follows a reference, and of a union takes the branch for mappings where the value is one. */
function resolve(schema: Schema, value: JsonValue): Schema {
  const target = schema.$ref === undefined ? schema : (DEFINITIONS[schema.$ref.split('/').at(-1) ?? ''] ?? schema);
  if (target.anyOf === undefined || !isObject(value)) return target;
  return target.anyOf.find((branch) => branch.type === 'object') ?? target;
}
