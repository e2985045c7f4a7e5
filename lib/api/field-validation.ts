import { type DswarmError } from '../errors/error.ts';
import type { Admission } from '../manifest/admit.ts';
import { removeAt } from '../merge/field-set.ts';
import { isObject } from '../merge/json.ts';
import type { JsonObject, JsonValue } from '../types/objects.ts';
import { badRequest, fieldOf } from './status.ts';

/** Strict (the default here): unknown fields are errors. Warn, Ignore: they are left out, with or without a word. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

export function fieldValidationOf(text: string | undefined): FieldValidation {
  if (text === undefined || text === '') return 'Strict';
  if (text === 'Strict' || text === 'Warn' || text === 'Ignore') return text;
  throw badRequest(`fieldValidation must be Strict, Warn or Ignore, found "${text}"`);
}

/** Admits a document; where unknown fields are to be left out, without them. */
export function admitLeniently(
  document: JsonObject,
  validation: FieldValidation,
  admitDocument: (document: JsonObject) => Admission,
): { admission: Admission; warnings: string[] } {
  const first = admitDocument(document);
  const unknown = (first.errors ?? []).filter((error) => error.code === 'DSW_MANIFEST_UNKNOWN_FIELD');
  if (validation === 'Strict' || unknown.length === 0) return { admission: first, warnings: [] };
  const known = unknown.reduce((rest, error) => removeField(rest, error), document);
  const warnings = validation === 'Warn' ? unknown.map((error) => `unknown field "${fieldOf(error)}"`) : [];
  return { admission: admitDocument(known), warnings };
}

function removeField(document: JsonObject, error: DswarmError): JsonObject {
  const steps = [...fieldOf(error).matchAll(/\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  );
  return removeStep(document, steps) as JsonObject;
}

/** As removeAt, but through lists as well. */
function removeStep(value: JsonValue, steps: readonly string[]): JsonValue {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  if (Array.isArray(value)) return value.map((item, index) => (String(index) === step ? removeStep(item, rest) : item));
  if (!isObject(value)) return value;
  if (rest.length === 0) return removeAt(value, [step]);
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, key === step ? removeStep(child, rest) : child]));
}
