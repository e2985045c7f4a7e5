import { EVICTIONS_AT_ONCE } from './eviction.ts';
import { isLive, isReady, type TaskView } from './task-view.ts';

/**
 * The tasks, with those on lost nodes as orphans, whose slots are to be filled elsewhere; at most so many at a time that their
 * replacements are not ready. An orphan stays one until its node is back: what runs there then is surplus, unless it is the better copy.
 */
export function orphanTasks(tasks: readonly TaskView[], lost: ReadonlySet<string>): readonly TaskView[] {
  if (lost.size === 0) return tasks;
  let room = EVICTIONS_AT_ONCE - replacementsUnderWay(tasks);
  return tasks.map((task) => {
    if (task.phase !== 'unknown' || !lost.has(task.spec.node) || room <= 0) return task;
    room -= 1;
    return { ...task, phase: 'orphaned' };
  });
}

function replacementsUnderWay(tasks: readonly TaskView[]): number {
  const orphaned = new Set(tasks.filter((task) => task.phase === 'orphaned').map((task) => task.spec.slot));
  const filled = new Set(tasks.filter(isReady).map((task) => task.spec.slot));
  return [...orphaned].filter((slot) => !filled.has(slot)).length;
}

export interface OrphanInput {
  before: readonly TaskView[];
  after: readonly TaskView[];
  /** Slots that get a new task in this pass. */
  assigned: ReadonlySet<string>;
}

/** Names of the tasks that are given up in this pass: those whose slot something else fills from now on. */
export function newOrphans({ before, after, assigned }: OrphanInput): string[] {
  const filled = new Set(after.filter(isLive).map((task) => task.spec.slot));
  return after
    .filter((task, index) => task.phase === 'orphaned' && before[index]?.phase === 'unknown')
    .filter(({ spec }) => assigned.has(spec.slot) || filled.has(spec.slot))
    .map((task) => task.name);
}
