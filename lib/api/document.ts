import { isObject } from '../merge/json.ts';
import type { JsonObject, JsonValue, ObjectRef } from '../types/objects.ts';
import type { StoredManifest } from './deps.ts';
import type { Resource } from './resource.ts';
import { badRequest, modified } from './status.ts';

/** What the server alone sets: taken out of what clients send before it is looked at. */
const BOOKKEEPING = ['uid', 'generation', 'resourceVersion', 'creationTimestamp', 'deletionTimestamp', 'managedFields', 'selfLink'];

export function metadataOf(document: JsonObject): JsonObject {
  return isObject(document.metadata) ? document.metadata : {};
}

/** The stored object as a client sees it, to patch. */
export function asJson(object: StoredManifest): JsonObject {
  return object as unknown as JsonObject;
}

/** Gives the document the identity that the URL names; refuses one that says otherwise. */
export function identify(document: JsonObject, resource: Resource, ref: ObjectRef): JsonObject {
  const metadata = metadataOf(document);
  expectSame('apiVersion', document.apiVersion, resource.apiVersion);
  expectSame('kind', document.kind, resource.kind);
  expectSame('name', metadata.name, ref.name);
  if (ref.namespace !== undefined) expectSame('namespace', metadata.namespace, ref.namespace);
  const namespace = ref.namespace === undefined ? {} : { namespace: ref.namespace };
  return { ...document, apiVersion: resource.apiVersion, kind: resource.kind, metadata: { ...metadata, ...namespace, name: ref.name } };
}

function expectSame(what: string, found: JsonValue | undefined, expected: string): void {
  if (found === undefined || found === null || found === '' || found === expected) return;
  throw badRequest(`the ${what} of the object (${JSON.stringify(found)}) does not match the one in the URL ("${expected}")`);
}

/** Refuses a document that was made from another state, or another object of the same name. */
export function checkPreconditions(ref: ObjectRef, given: JsonObject, live: StoredManifest): void {
  const { resourceVersion, uid } = given;
  if (typeof resourceVersion === 'string' && resourceVersion !== '' && resourceVersion !== live.metadata.resourceVersion)
    throw modified(ref);
  if (typeof uid === 'string' && uid !== '' && uid !== live.metadata.uid) {
    throw modified(ref, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`);
  }
}

/** What is left for admission to look at. */
export function forAdmission(document: JsonObject): JsonObject {
  const { status: _, ...rest } = document;
  const metadata = Object.entries(metadataOf(document)).filter(([key]) => !BOOKKEEPING.includes(key));
  return { ...rest, metadata: Object.fromEntries(metadata) };
}
