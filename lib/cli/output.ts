import type { AnyStored } from '../types/objects.ts';
import { printLine, type Io } from './io.ts';
import { shortRef, usage } from './resources.ts';

export type Format = 'table' | 'wide' | 'json' | 'yaml' | 'name';

const FORMATS: readonly string[] = ['wide', 'json', 'yaml', 'name'];

export function parseFormat(text: string | undefined): Format {
  if (text === undefined || text === '') return 'table';
  if (FORMATS.includes(text)) return text as Format;
  throw usage(`unable to match a printer suitable for the output format ${JSON.stringify(text)}`, `The formats are ${FORMATS.join(', ')}.`);
}

/** Prints whole objects; several as a List, as kubectl does. */
export async function printObjects(
  io: Io,
  format: 'json' | 'yaml' | 'name',
  objects: readonly AnyStored[],
  single: boolean,
): Promise<void> {
  if (format === 'name') {
    for (const object of objects) printLine(io, shortRef({ kind: object.kind, name: object.metadata.name }));
    return;
  }
  const tidy = objects.map(withoutManagedFields);
  const value = single ? tidy[0] : { apiVersion: 'v1', items: tidy, kind: 'List', metadata: { resourceVersion: '' } };
  io.stdout.write(format === 'json' ? `${JSON.stringify(value, undefined, 4)}\n` : await toYaml(value));
}

/** Bookkeeping that says nothing to a person. */
function withoutManagedFields(object: AnyStored): AnyStored {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** In the order of the alphabet, as kubectl prints objects: the same object is always the same text. */
export async function toYaml(value: unknown): Promise<string> {
  const { stringify } = await import('./yaml.ts');
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, sortMapEntries: true });
}
