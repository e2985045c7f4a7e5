import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

export type Json = Record<string, unknown>;

export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The schemas of all kinds, in order of their names, and the shapes they share. */
export interface Schemas {
  kinds: Json[];
  common: Json;
}

export function readSchemas(folder: string): Schemas {
  const read = (file: string): Json => JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Json;
  const files = readdirSync(folder).filter((file) => file.endsWith('.schema.json') && file !== 'common.schema.json');
  const kinds = files.sort().map(read);
  // The spec of a Service is shared: templates have it, too.
  const shared: Json = {};
  for (const kind of kinds.filter((each) => each['title'] === 'Service')) {
    const properties = kind['properties'] as Json;
    shared['ServiceSpec'] = properties['spec'];
    properties['spec'] = { $ref: 'dswarm/v1/common#/$defs/ServiceSpec' };
  }
  return { kinds, common: { ...(read('common.schema.json')['$defs'] as Json), ...shared } };
}

/** The name of the shared shape that a `$ref` leads to, such as Duration. */
export function refName(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1);
}

/** A keyword's value as text. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : JSON.stringify(value);
}

export const titleOf = (kind: Json): string => textOf(kind['title']);

/** A schema whose references lead into the `$defs` of its own document. */
export function localized(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(localized);
  if (!isObject(node)) return node;
  const kept = Object.entries(node).filter(([key]) => !['x-dswarm', '$id', '$schema'].includes(key));
  return Object.fromEntries(
    kept.map(([key, value]) => [key, key === '$ref' && typeof value === 'string' ? `#/$defs/${refName(value)}` : localized(value)]),
  );
}

/** One kind as a document that needs no other. */
export const bundle = (kind: Json, common: Json): Json => ({ ...(localized(kind) as Json), $defs: localized(common) });
