import { DswarmError } from '../errors/error.ts';
import type { Admitted, JsonObject, StoredManifest } from '../types/objects.ts';
import { applyDefaults, stripDefaults } from './defaults.ts';
import { findDifferences, valueAt, type Difference } from './difference.ts';
import { editByDocument, editJson } from './edit-document.ts';
import { editByText } from './edit-text.ts';
import { parseManifests } from './parse.ts';
import { writtenMetadata } from './render.ts';
import { sameJson } from '../types/same-json.ts';
import { sliceDocuments } from './slices.ts';

type Writable = Admitted | StoredManifest;

/**
 * The text of a file after the object in one of its documents has changed from `before` to `after`. Only what differs is touched:
 * comments, order, quoting and the other documents stay. Every result is read back; one that does not say `after` is never returned.
 */
export function editManifest(text: string, documentIndex: number, before: Writable, after: Writable): string {
  const slices = sliceDocuments(text);
  const slice = slices[documentIndex];
  if (slice === undefined) throw cannotEdit(`the file has no document ${documentIndex + 1}`);
  const differences = findDifferences(writtenParts(before), writtenParts(after)).map((difference) => shorten(difference, slice, after));
  if (differences.length === 0) return text;
  for (const edit of [editByText, editJson, editByDocument]) {
    const edited = edit(slice, differences);
    if (edited === undefined) continue;
    const result = [...slices.slice(0, documentIndex), edited, ...slices.slice(documentIndex + 1)].join('');
    if (says(result, documentIndex, text, after)) return result;
  }
  throw cannotEdit('the change does not fit into the layout of the file');
}

function cannotEdit(message: string): DswarmError {
  return new DswarmError('DSW_MANIFEST_EDIT', message);
}

/** What of an object is in its file. */
function writtenParts(object: Writable): JsonObject {
  const metadata = Object.fromEntries(Object.entries(writtenMetadata(object)).filter(([, values]) => Object.keys(values).length > 0));
  return { metadata, spec: object.spec as unknown as JsonObject };
}

/**
 * A change below something that the file does not state, or states in short form, becomes a change of that: with the new value as a
 * user would write it, without defaults.
 */
function shorten(difference: Difference, slice: string, after: Writable): Difference {
  const given = parseManifests(slice, '').documents[0]?.value;
  const stripped: JsonObject = { ...writtenParts(after), spec: stripDefaults(after.kind, after.spec as unknown as JsonObject) };
  for (let length = 1; length < difference.path.length; length += 1) {
    const path = difference.path.slice(0, length);
    const stated = valueAt(given, path);
    if (typeof stated !== 'object' || stated === null) return { path, value: valueAt(stripped, path) };
  }
  if (typeof difference.value !== 'object' || difference.value === null) return difference;
  return { path: difference.path, value: valueAt(stripped, difference.path) ?? difference.value };
}

/** Whether the edited file holds `after` where it should, and all else as before. */
function says(edited: string, documentIndex: number, original: string, after: Writable): boolean {
  const now = parseManifests(edited, '');
  const then = parseManifests(original, '');
  if (now.errors.length > 0 || now.documents.length !== then.documents.length) return false;
  return now.documents.every((document, position) => {
    if (document.index !== documentIndex) return sameJson(document.value, then.documents[position]?.value);
    const object = applyDefaults(after.kind, document.value) as unknown as Admitted;
    return sameJson(writtenParts(object), writtenParts(after));
  });
}

/** The text of a file without one of its documents; undefined where nothing would be left. */
export function removeDocument(text: string, documentIndex: number): string | undefined {
  const rest = sliceDocuments(text).filter((_, index) => index !== documentIndex);
  const result = rest.join('');
  const isEmpty = parseManifests(result, '').errors.some((error) => error.code === 'DSW_MANIFEST_EMPTY');
  return isEmpty ? undefined : result;
}
