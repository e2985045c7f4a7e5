import { parseManifests } from '../manifest/parse.ts';
import { isObject } from '../merge/json.ts';
import type { JsonObject, JsonValue } from '../types/objects.ts';
import { badRequest } from './status.ts';

const WHERE = 'request body';

/** Reads a body by its content type: YAML within the limits of manifests, JSON otherwise (YAML would read it too, but slower). */
export function parseBody(content: Buffer, contentType: string): JsonValue {
  const text = content.toString('utf8');
  if (/json/.test(contentType)) return parseJson(text);
  // kubectl sends apply patches as JSON under the YAML type.
  if (text.trimStart().startsWith('{')) return parseJson(text);
  const { documents, errors } = parseManifests(text, WHERE);
  if (errors[0] !== undefined) throw errors[0];
  if (documents.length !== 1) throw badRequest(`the body must be one object, found ${documents.length}`);
  return documents[0]?.value ?? null;
}

function parseJson(text: string): JsonValue {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw badRequest(`the body is not JSON: ${(error as Error).message}`);
  }
}

export function objectBody(body: JsonValue | undefined): JsonObject {
  if (!isObject(body)) throw badRequest('the body must be an object');
  return body;
}
