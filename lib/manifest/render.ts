import { Document } from 'yaml';
import { API_VERSION, CLIENT_ANNOTATION_PREFIX, type Admitted, type JsonObject, type StoredManifest } from '../types/objects.ts';
import { stripDefaults } from './defaults.ts';
import { OWN_PREFIX } from './metadata.ts';

/** Quotes also what YAML 1.1 readers would take for something else than a string, such as no and 0123. */
export const RENDER_OPTIONS = { version: '1.2', schema: 'core', compat: 'yaml-1.1' } as const;

/** The manifest that a user would have written for an object: no status, no bookkeeping, no defaults. */
export function renderManifest(object: Admitted | StoredManifest): string {
  return new Document(toManifest(object), RENDER_OPTIONS).toString({ lineWidth: 0 });
}

function toManifest(object: Admitted | StoredManifest): JsonObject {
  const { name, namespace } = object.metadata;
  const metadata: JsonObject = { name };
  if (namespace !== undefined && namespace !== 'default') metadata['namespace'] = namespace;
  const { labels, annotations } = writtenMetadata(object);
  if (Object.keys(labels).length > 0) metadata['labels'] = labels;
  if (Object.keys(annotations).length > 0) metadata['annotations'] = annotations;
  return { apiVersion: API_VERSION, kind: object.kind, metadata, spec: stripDefaults(object.kind, object.spec as unknown as JsonObject) };
}

/** Labels and annotations that belong into a user's file: not those of dswarm and not those that clients keep. */
export function writtenMetadata(object: Admitted | StoredManifest): { labels: JsonObject; annotations: JsonObject } {
  const annotations = Object.entries(object.metadata.annotations ?? {}).filter(
    ([key]) => !key.startsWith(OWN_PREFIX) && !key.startsWith(CLIENT_ANNOTATION_PREFIX),
  );
  return { labels: { ...object.metadata.labels }, annotations: Object.fromEntries(annotations) };
}
