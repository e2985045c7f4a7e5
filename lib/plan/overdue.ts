import { parseIsoTime } from '../types/time.ts';
import { graceOf } from './chain.ts';
import { isReady, type TaskView } from './task-view.ts';

/** How long beyond its grace period a task may take to stop before its slot goes on without it (SwarmKit's updater: TaskTimeout). */
export const STOP_OVERDUE_MS = 60_000;

/**
 * Whether an old task has not stopped in the time that it had: since its successor was made ready, or, where that runs already, since it
 * does. Both times are the store's, so that a controller that is started again goes on counting.
 */
export function isOverdue(old: TaskView, keep: TaskView | undefined, now: number): boolean {
  if (old.container === undefined || keep === undefined) return false;
  const { state, since = '' } = keep.record?.status ?? {};
  if (!(keep.phase === 'created' && state === 'Created') && !(isReady(keep) && state === 'Running')) return false;
  const had = now - (parseIsoTime(since) ?? now);
  return had >= graceOf(old) * 1000 + STOP_OVERDUE_MS;
}

/**
 * Whether an old task was to stop and does not, so that its successor is started beside it. Should that fail, too, perhaps for a port that
 * the old one holds, then it is the old one's turn again.
 */
export function goesOnWithout(
  { failedTasks, rollout }: { failedTasks?: ReadonlyMap<string, string>; rollout: { now: number } },
  { slot, keep, outgoing }: { slot: string; keep: TaskView; outgoing: readonly TaskView[] },
): boolean {
  const failed = outgoing.find((task) => task.name === failedTasks?.get(slot));
  return failed !== undefined && isOverdue(failed, keep, rollout.now);
}
