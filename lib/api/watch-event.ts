import type { StoreEvent } from '../ports/store.ts';
import type { AnyStored } from '../types/objects.ts';
import type { Matcher } from './selectors.ts';

export interface SelectedEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: AnyStored;
}

/** What a change means to who watches a selection: an object that begins to match is added, one that ceases to is deleted. */
export function selectEvent(event: StoreEvent, matches: Matcher): SelectedEvent | undefined {
  const was = event.previous !== undefined && matches(event.previous);
  const is = event.type !== 'DELETED' && matches(event.object);
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object: event.object };
  if (!was) return undefined;
  // As in Kubernetes: the last state, at the revision of its deletion, so that a watch resumed from there does not tell it again.
  const { metadata } = event.object;
  return { type: 'DELETED', object: { ...event.object, metadata: { ...metadata, resourceVersion: String(event.revision) } } as AnyStored };
}
