import type { StoreEvent } from '../../lib/ports/store.ts';
import type { StoredTask } from '../../lib/types/objects.ts';

type State = NonNullable<NonNullable<StoredTask['status']>['state']>;

/**
 * How far each state is. Those of one rank may follow each other: the engine restarts a container within its task, and one that is being
 * stopped may be wanted again before it has stopped.
 */
const RANKS: Readonly<Record<Exclude<State, 'Unknown' | 'Orphaned'>, number>> = {
  Assigned: 0,
  Preparing: 0,
  Ready: 1,
  Created: 1,
  Starting: 2,
  Running: 2,
  Restarting: 2,
  Stopping: 2,
  Complete: 3,
  Failed: 3,
  Rejected: 3,
  Shutdown: 3,
};
const ENDED = 3;

/** What the store was told of each task: that it only goes forward. A node that cannot be reached tells nothing of its tasks. */
export class TaskStates {
  readonly #last = new Map<string, State>();

  /** What is wrong with the change, if anything is. */
  check({ object, type }: StoreEvent): string | undefined {
    if (object.kind !== 'Task') return undefined;
    const { uid, name } = object.metadata;
    const state = object.status?.state;
    if (type === 'DELETED') this.#last.delete(uid);
    if (type === 'DELETED' || state === undefined || state === 'Unknown' || state === 'Orphaned') return undefined;
    const before = this.#last.get(uid);
    this.#last.set(uid, state);
    if (before === undefined || before === state || isForward(before, state)) return undefined;
    return `task ${name} went from ${before} to ${state}`;
  }
}

function isForward(before: State, after: State): boolean {
  const [from, to] = [RANKS[before as keyof typeof RANKS], RANKS[after as keyof typeof RANKS]];
  return from === ENDED ? false : to >= from;
}
