import { filter, Observable, Subject } from 'rxjs';
import { DswarmError } from '../../errors/error.ts';
import type { Change, Snapshot, Store, StoreEvent } from '../../ports/store.ts';
import { History } from './history.ts';
import type { View } from './view.ts';

/** Makes events durable before anyone sees them; rejects with DSW_STORE_UNAVAILABLE when it cannot. */
export type Persist = (revision: number, events: readonly StoreEvent[]) => Promise<void>;

export interface EmbeddedOptions {
  view: View;
  persist: Persist;
  /** How many events are kept for watchers that come late. */
  history: number;
  close: () => Promise<void>;
}

interface Request {
  changes: readonly Change[];
  resolve: (snapshot: Snapshot) => void;
  reject: (error: unknown) => void;
}

interface Accepted {
  request: Request;
  view: View;
  events: readonly StoreEvent[];
}

/**
 * A store whose data one process owns. Commits that come while others are being written wait, and are then written together:
 * one flush to disk for all of them.
 */
export function createEmbeddedStore(options: EmbeddedOptions): Store {
  let view = options.view;
  let queue: Request[] = [];
  let running: Promise<void> | undefined;
  let closed = false;
  const history = new History(options.history, view.revision);
  const live = new Subject<StoreEvent>();

  const publish = (accepted: readonly Accepted[]): void => {
    for (const { request, view: next, events } of accepted) {
      view = next;
      for (const event of events) {
        history.add(event);
        live.next(event);
      }
      request.resolve(next);
    }
  };

  const writeBatch = async (batch: readonly Request[]): Promise<void> => {
    const accepted = evaluate(view, batch);
    const events = accepted.flatMap((each) => each.events);
    try {
      if (events.length > 0) await options.persist(accepted.at(-1)?.view.revision ?? view.revision, events);
    } catch (error) {
      for (const { request } of accepted) request.reject(error);
      return;
    }
    publish(accepted);
  };

  const drain = async (): Promise<void> => {
    // A turn of its own: a watcher that commits while it is told of an event must not overtake the events after it.
    await Promise.resolve();
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      await writeBatch(batch);
    }
    running = undefined;
  };

  return {
    snapshot: () => view,
    commit: (changes) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new DswarmError('DSW_STORE_UNAVAILABLE', 'the store is closed'));
        queue.push({ changes, resolve, reject });
        running ??= drain();
      }),
    watch: (after) =>
      new Observable((subscriber) => {
        const missed = history.after(after);
        if (missed instanceof DswarmError) return subscriber.error(missed);
        for (const event of missed) subscriber.next(event);
        // Who starts to watch while a revision is being told may have it whole in its snapshot already.
        return live.pipe(filter((event) => event.revision > after)).subscribe(subscriber);
      }),
    close: async () => {
      if (closed) return;
      closed = true;
      await running;
      live.complete();
      await options.close();
    },
  };
}

/** Applies each request on top of those before it; those that conflict are rejected alone. */
function evaluate(start: View, batch: readonly Request[]): Accepted[] {
  const accepted: Accepted[] = [];
  let view = start;
  for (const request of batch) {
    try {
      const applied = view.apply(request.changes);
      accepted.push({ request, ...applied });
      view = applied.view;
    } catch (error) {
      request.reject(error);
    }
  }
  return accepted;
}
