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
  return { kinds: files.sort().map(read), common: read('common.schema.json')['$defs'] as Json };
}

/** The name of the shared shape that a `$ref` leads to, such as Duration. */
export function refName(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1);
}
