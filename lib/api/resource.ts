import { KINDS } from '../manifest/kinds.ts';
import type { KindInfo } from '../types/kinds.ts';
import type { AnyStored, Kind, ObjectRef } from '../types/objects.ts';

/** One kind as it is served under one group: Events are served twice, as ours and as those of Kubernetes' core. */
export interface Resource {
  kind: Kind;
  info: KindInfo;
  /** `/apis/dswarm/v1` or `/api/v1`. */
  root: string;
  apiVersion: string;
  group: string;
  /** `services.dswarm`, as messages name it. */
  qualified: string;
}

export const API_ROOT = '/apis/dswarm/v1';
export const CORE_ROOT = '/api/v1';

const ownResource = (kind: Kind): Resource => {
  const info = KINDS[kind];
  return { kind, info, root: API_ROOT, apiVersion: 'dswarm/v1', group: 'dswarm', qualified: `${info.plural}.dswarm` };
};

export const RESOURCES: readonly Resource[] = (Object.keys(KINDS) as Kind[]).map(ownResource);

/** For `kubectl describe` and `kubectl get events`. */
export const CORE_EVENTS: Resource = { ...ownResource('Event'), root: CORE_ROOT, apiVersion: 'v1', group: '', qualified: 'events' };

export function isNamespaced(resource: Resource): boolean {
  return resource.info.scope === 'Namespaced';
}

/** Paths of the lists: with namespaces, of all of them and of one. */
export function listPaths(resource: Resource): string[] {
  const all = `${resource.root}/${resource.info.plural}`;
  return isNamespaced(resource) ? [all, collectionPath(resource)] : [all];
}

export function collectionPath(resource: Resource): string {
  const { root, info } = resource;
  return isNamespaced(resource) ? `${root}/namespaces/:namespace/${info.plural}` : `${root}/${info.plural}`;
}

export function objectPath(resource: Resource): string {
  return `${collectionPath(resource)}/:name`;
}

export function refFrom(resource: Resource, params: { namespace?: string; name: string }): ObjectRef {
  return { kind: resource.kind, ...(isNamespaced(resource) ? { namespace: params.namespace ?? 'default' } : {}), name: params.name };
}

/** The object as the resource shows it. */
export function present(resource: Resource, object: AnyStored): AnyStored {
  if (resource.apiVersion === object.apiVersion) return object;
  return { ...object, apiVersion: resource.apiVersion } as unknown as AnyStored;
}
