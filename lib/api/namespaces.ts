import { KINDS, writableKinds } from '../manifest/kinds.ts';
import type { Store } from '../ports/store.ts';
import type { Kind } from '../types/objects.ts';

const DEFAULT = 'default';

/** Kinds that make a namespace: those that users write in one, and what is left of them. */
const USING: readonly Kind[] = [...writableKinds().filter((kind) => KINDS[kind].scope === 'Namespaced'), 'Task'];

/** Namespaces need not be made: there are those that objects use, and `default`. */
export function listNamespaces(store: Store): string[] {
  const snapshot = store.snapshot();
  const used = USING.flatMap((kind) => snapshot.list(kind).map((object) => object.metadata.namespace ?? DEFAULT));
  return [...new Set([DEFAULT, ...used])].sort();
}

export function namespaceObject(name: string): object {
  const metadata = { name, uid: name, resourceVersion: '1', creationTimestamp: null, labels: { 'kubernetes.io/metadata.name': name } };
  return { kind: 'Namespace', apiVersion: 'v1', metadata, status: { phase: 'Active' } };
}

const COLUMNS = ['Name', 'Status'].map((name) => ({
  name,
  type: 'string',
  format: name === 'Name' ? 'name' : '',
  description: '',
  priority: 0,
}));

export function namespaceTable(names: readonly string[], resourceVersion: string): object {
  const rows = names.map((name) => ({
    cells: [name, 'Active'],
    object: { ...namespaceObject(name), kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', status: undefined },
  }));
  return { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: { resourceVersion }, columnDefinitions: COLUMNS, rows };
}
