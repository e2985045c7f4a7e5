import type { DswarmError } from '../errors/error.ts';
import { admit } from '../manifest/admit.ts';
import { isObject, parseManifests, type ManifestDocument } from '../manifest/parse.ts';
import type { Policy } from '../manifest/policy.ts';
import type { FileEntry } from '../ports/files.ts';
import type { SourceError } from '../types/generated.ts';
import { refKey, refOf, type Admitted } from '../types/objects.ts';
import { KINDS, writableKinds } from '../manifest/kinds.ts';
import type { FileMemory, FileObject, StoredManifest } from './types.ts';

export interface ReadOptions {
  policy: Policy;
  stored: ReadonlyMap<string, StoredManifest>;
}

/** What a file holds: all of its objects, or why none of them counts. */
export function readFile(entry: FileEntry & { kind: 'file' }, { policy, stored }: ReadOptions): FileMemory {
  const parsed = parseManifests(entry.content, entry.path);
  const errors = [...parsed.errors];
  const objects: FileObject[] = [];
  for (const document of parsed.documents) {
    const previous = stored.get(keyOf(document) ?? '');
    const admission = admit(document, { policy, previous });
    if (admission.errors === undefined)
      objects.push({ key: refKey(refOf(admission.object)), index: document.index, object: admission.object, where: whereOf(document) });
    else errors.push(...admission.errors);
  }
  const told = [...errors.map(toSourceError), ...findDoubles(objects, entry.path)];
  const isBroken = told.length > 0;
  return {
    content: entry.content,
    objects: isBroken ? [] : objects,
    errors: told,
    named: isBroken ? parsed.documents.flatMap((document) => keyOf(document) ?? []) : [],
    volatile: errors.some((error) => error.code === 'DSW_MANIFEST_IMMUTABLE'),
  };
}

function isWritable(kind: unknown): kind is Admitted['kind'] {
  return (writableKinds() as unknown[]).includes(kind);
}

/** The key of what a document names, be the rest of it good or not. */
function keyOf({ value }: ManifestDocument): string | undefined {
  const { kind, metadata } = value;
  if (!isWritable(kind) || !isObject(metadata) || typeof metadata['name'] !== 'string') return undefined;
  const namespace = typeof metadata['namespace'] === 'string' ? metadata['namespace'] : 'default';
  return refKey({ kind, namespace: KINDS[kind].scope === 'Namespaced' ? namespace : undefined, name: metadata['name'] });
}

function whereOf(document: ManifestDocument): string {
  const { line, column } = document.locate([]);
  return `${document.file}:${line}:${column}`;
}

function findDoubles(objects: readonly FileObject[], file: string): SourceError[] {
  return objects.flatMap((each, index) => {
    const first = objects.findIndex((other) => other.key === each.key);
    return first === index ? [] : [duplicateError(file, each, objects[first]?.where ?? file)];
  });
}

/** Both places are named: which of the two is meant, only a person can say. */
export function duplicateError(file: string, { key, where }: FileObject, other: string): SourceError {
  const message = `${key} is defined here and in ${other}. Keep one of the two; until then the last good version stays in force.`;
  return { file, ...positionIn(where), code: 'DSW_MANIFEST_DUPLICATE', message };
}

export function toSourceError(error: DswarmError): SourceError {
  const where = error.where ?? '';
  return { file: where.replace(/:\d+:\d+$/, ''), ...positionIn(where), code: error.code, message: withRemedy(error.message, error.hint) };
}

/** One line; what ends with a question (`did you mean "replicas"?`) needs no full stop. */
export function withRemedy(message: string, remedy: string): string {
  return `${message}${message.endsWith('?') ? '' : '.'} ${remedy}`;
}

export function positionIn(where: string): { line?: number; column?: number } {
  const match = /:(\d+):(\d+)$/.exec(where);
  return match === null ? {} : { line: Number(match[1]), column: Number(match[2]) };
}
