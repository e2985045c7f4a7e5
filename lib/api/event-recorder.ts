import type { Clock } from '../ports/clock.ts';
import type { EventSink } from '../ports/events.ts';
import type { Ids } from '../ports/ids.ts';
import type { Log } from '../ports/log.ts';
import type { Change, Snapshot, Store } from '../ports/store.ts';
import { refOf, type ObjectRef, type StoredEvent } from '../types/objects.ts';

export interface EventRecorderOptions {
  store: Store;
  clock: Clock;
  ids: Ids;
  log: Log;
  /** Events kept; the oldest go first. */
  capacity?: number;
  /** How long events are gathered before they are written together. */
  batchMs?: number;
}

export interface EventRecorder extends EventSink {
  /** Writes what is still gathered. */
  close(): Promise<void>;
}

interface Emitted {
  about: ObjectRef;
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  count: number;
  first: string;
  last: string;
}

/** Longest message kept: an engine may answer with pages. */
const MAX_MESSAGE = 1024;

/**
 * Keeps events as objects, so that `kubectl describe` and `dswarm events` tell them. The same thing said again raises the count of the
 * event that stands; writes are gathered, as one thing going wrong often goes wrong in many places.
 */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { store, clock, ids, log } = options;
  const capacity = options.capacity ?? 1000;
  let gathered = new Map<string, Emitted>();
  let cancel: (() => void) | undefined;
  let writing: Promise<void> = Promise.resolve();

  const write = async (batch: readonly Emitted[]): Promise<void> => {
    try {
      await store.commit(changesFor(batch, { snapshot: store.snapshot(), capacity, ids }));
    } catch (error) {
      log.warn({ error, events: batch.length }, 'events could not be stored');
    }
  };
  const flush = (): void => {
    cancel = undefined;
    const batch = [...gathered.values()];
    gathered = new Map();
    writing = writing.then(() => write(batch));
  };

  return {
    emit: (about, type, reason, text) => {
      const message = text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE - 3)}...` : text;
      const now = new Date(clock.now()).toISOString();
      const key = keyOf(about, reason, message);
      const known = gathered.get(key);
      gathered.set(key, { about, type, reason, message, count: (known?.count ?? 0) + 1, first: known?.first ?? now, last: now });
      cancel ??= clock.after(options.batchMs ?? 200, flush);
    },
    close: async () => {
      cancel?.();
      if (gathered.size > 0) flush();
      await writing;
    },
  };
}

function keyOf(about: ObjectRef, reason: string, message: string): string {
  return [about.kind, about.namespace ?? '', about.name, reason, message].join('\0');
}

function changesFor(batch: readonly Emitted[], to: { snapshot: Snapshot; capacity: number; ids: Ids }): Change[] {
  const { snapshot, capacity, ids } = to;
  const standing = snapshot.list('Event');
  const byKey = new Map(standing.map((event) => [keyOf(event.involvedObject as ObjectRef, event.reason, event.message), event]));
  const puts = batch.map((emitted) =>
    toEvent(emitted, { before: byKey.get(keyOf(emitted.about, emitted.reason, emitted.message)), snapshot, ids }),
  );
  const written = new Set(puts.map((event) => event.metadata.uid));
  const others = standing
    .filter((event) => !written.has(event.metadata.uid))
    .sort((left, right) => lastOf(left).localeCompare(lastOf(right)));
  const tooMany = Math.max(0, others.length + puts.length - capacity);
  return [...others.slice(0, tooMany).map((event) => ({ delete: refOf(event) })), ...puts.map((put) => ({ put }))];
}

function lastOf(event: StoredEvent): string {
  return event.lastTimestamp ?? '';
}

function toEvent(emitted: Emitted, from: { before: StoredEvent | undefined; snapshot: Snapshot; ids: Ids }): StoredEvent {
  const { about, first, last } = emitted;
  const { before, snapshot, ids } = from;
  if (before !== undefined) return { ...before, count: (before.count ?? 1) + emitted.count, lastTimestamp: last };
  // As with Kubernetes, events about objects that are in no namespace are in `default`.
  const metadata = {
    name: `${about.name}.${ids.short(10)}`,
    namespace: about.namespace ?? 'default',
    uid: ids.uid(),
    generation: 1,
    resourceVersion: '0',
    creationTimestamp: first,
  };
  // `kubectl describe` asks for the events of one uid: those of an earlier object of the same name are not shown.
  const uid = snapshot.get(about)?.metadata.uid;
  const involvedObject = {
    apiVersion: 'dswarm/v1',
    ...about,
    uid,
    ref: `${about.kind.toLowerCase()}/${about.name}`,
  } as StoredEvent['involvedObject'];
  return {
    apiVersion: 'dswarm/v1',
    kind: 'Event',
    metadata,
    involvedObject,
    reason: emitted.reason,
    message: emitted.message,
    type: emitted.type,
    count: emitted.count,
    firstTimestamp: first,
    lastTimestamp: last,
    source: { component: 'dswarm' },
  };
}
