import { groupBySlot } from '../plan/slots.ts';
import type { StoredTask } from '../types/objects.ts';

/** How many tasks of a slot are remembered, the one that fills it included (Swarm: TaskHistoryRetentionLimit). */
export const DEFAULT_HISTORY_LIMIT = 5;

export interface ReapInput {
  /** All retired tasks of the service. */
  retired: readonly StoredTask[];
  /** Slots that the service wants. */
  wanted: ReadonlySet<string>;
  /** Slots that a task fills. */
  filled: ReadonlySet<string>;
  /** Negative: all are kept. */
  limit: number;
  /** The service's restart.maxAttempts; as many and one are kept, whatever the limit (Swarm). */
  maxAttempts: number;
}

/** Retired tasks to be deleted: those of slots that are no more, and beyond the limit the oldest. */
export function reap({ retired, wanted, filled, limit, maxAttempts }: ReapInput): StoredTask[] {
  const most = maxAttempts > 0 ? maxAttempts + 1 : limit;
  return [...groupBySlot(retired)].flatMap(([slot, tasks]) => {
    if (!wanted.has(slot)) return tasks;
    const room = Math.max(0, most - (filled.has(slot) ? 1 : 0));
    // Every pass of a large service comes through here: what is within the limit is not sorted.
    return most < 0 || tasks.length <= room ? [] : tasks.sort(newestFirst).slice(room);
  });
}

export function newestFirst(a: StoredTask, b: StoredTask): number {
  const [left, right] = [a, b].map(({ status, metadata }) => `${status?.retiredAt ?? ''}/${metadata.creationTimestamp}/${metadata.name}`);
  return (left ?? '') > (right ?? '') ? -1 : 1;
}
