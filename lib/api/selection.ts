import type { Snapshot } from '../ports/store.ts';
import type { AnyStored } from '../types/objects.ts';
import { isNamespaced, type Resource } from './resource.ts';
import { parseFieldSelector, parseLabelSelector, type Matcher } from './selectors.ts';

export interface ListParams {
  namespace?: string;
}

/** Query of a list or a watch; Kubernetes' names. */
export interface ListQuery {
  labelSelector?: string;
  fieldSelector?: string;
  limit?: string;
  continue?: string;
  resourceVersion?: string;
  watch?: string;
  allowWatchBookmarks?: string;
  sendInitialEvents?: string;
  timeoutSeconds?: string;
  includeObject?: string;
}

/** Which objects a request asks for. */
export interface Selection {
  resource: Resource;
  namespace: string | undefined;
  matches: Matcher;
}

export function selectionOf(resource: Resource, params: ListParams, query: ListQuery): Selection {
  const byLabel = query.labelSelector ? parseLabelSelector(query.labelSelector) : undefined;
  const byField = query.fieldSelector ? parseFieldSelector(query.fieldSelector) : undefined;
  const namespace = isNamespaced(resource) ? params.namespace : undefined;
  const matches: Matcher = (object) =>
    object.kind === resource.kind &&
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (byLabel === undefined || byLabel(object)) &&
    (byField === undefined || byField(object));
  return { resource, namespace, matches };
}

export function select(snapshot: Snapshot, selection: Selection): AnyStored[] {
  return snapshot.list(selection.resource.kind, { namespace: selection.namespace }).filter((object) => selection.matches(object));
}

export function isTrue(value: string | undefined): boolean {
  return value === 'true' || value === '1';
}
