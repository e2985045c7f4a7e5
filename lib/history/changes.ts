import type { SlotProblem } from '../plan/slot-problem.ts';
import type { TaskView } from '../plan/task-view.ts';
import type { Change } from '../ports/store.ts';
import { refOf, type StoredService, type StoredTask } from '../types/objects.ts';
import { reap } from './reap.ts';
import { isMemorable, retiredStatus } from './retire.ts';

export interface HistoryInput {
  service: StoredService | undefined;
  wanted: readonly string[];
  /** Tasks that leave their slots in this pass. */
  leaving: readonly TaskView[];
  /** Those that stay. */
  staying: readonly TaskView[];
  /** Retired in earlier passes. */
  retired: readonly StoredTask[];
  problems: ReadonlyMap<string, SlotProblem>;
  lastLog: (task: string) => string | undefined;
  limit: number;
  now: number;
}

/** Tasks that leave become history, and what the history has too much of is deleted, in the pass's own commit. */
export function historyChanges(input: HistoryInput): Change[] {
  const { service, leaving, staying, retired, problems, now } = input;
  const left = leaving.flatMap((task): StoredTask[] => {
    const { record } = task;
    const lastLog = input.lastLog(task.name);
    if (record === undefined) return [];
    const problem = problems.get(task.spec.slot)?.message;
    if (service === undefined || !isMemorable(task, problem)) return [];
    return [{ ...record, status: retiredStatus(task, { now, problem, lastLog }) }];
  });
  const doomed = new Set(
    reap({
      retired: [...retired, ...left],
      wanted: new Set(service === undefined ? [] : input.wanted),
      filled: new Set(staying.map((task) => task.spec.slot)),
      limit: input.limit,
      maxAttempts: service?.spec.restart.maxAttempts ?? 0,
    }),
  );
  const fresh = new Set(left);
  const kept = left.filter((task) => !doomed.has(task));
  const remembered = new Set(kept.map((task) => task.metadata.name));
  const forgotten = leaving.flatMap(({ name, record }) => (record === undefined || remembered.has(name) ? [] : [record]));
  const old = [...doomed].filter((task) => !fresh.has(task));
  return [...kept.map((task) => ({ put: task })), ...[...forgotten, ...old].map((task) => ({ delete: refOf(task) }))];
}
