import type { TaskStatus } from '../types/generated.ts';
import type { StoredTask } from '../types/objects.ts';
import { parseIsoTime } from '../types/time.ts';
import { wasToGo, type TaskView } from './task-view.ts';

/** Failures of so long ago no longer count (SwarmKit manager/scheduler: monitorFailures). */
export const RECENT_MS = 300_000;

export interface FailureInput {
  /** What is in the slots now. */
  tasks: readonly TaskView[];
  /** What has left them, as far as it is remembered. */
  retired: readonly StoredTask[];
  specHash: string;
  /** Milliseconds since the epoch. */
  now: number;
}

/**
 * How often tasks of a spec failed on each node lately. It is read from what the tasks themselves tell, so a restart of the controller
 * forgets none of it; what the history no longer holds is not counted.
 */
export function recentFailures({ tasks, retired, specHash, now }: FailureInput): ReadonlyMap<string, number> {
  const since = now - RECENT_MS;
  const inSlots = tasks.filter((task) => task.spec.specHash === specHash && hasFailed(task) && endOf(task, now) >= since);
  const left = retired.filter(({ spec, status }) => spec.specHash === specHash && isFailure(status) && leftAt(status) >= since);
  const failures = new Map<string, number>();
  const count = (node: string, tries: number): void => void failures.set(node, (failures.get(node) ?? 0) + tries);
  for (const task of inSlots) count(task.spec.node, triesOf(task, since));
  for (const { spec, status, metadata } of left)
    count(spec.node, timeOf(metadata.creationTimestamp) >= since ? 1 + (status?.restarts ?? 0) : 1);
  return failures;
}

function hasFailed({ phase, container, record }: TaskView): boolean {
  if (wasToGo(record)) return false;
  if (phase === 'failed') return container?.exitCode !== 0;
  return phase === 'unhealthy' || (phase === 'gone' && isFailure(record?.status));
}

/** As the history tells it: not one that was taken away, or that ended well. */
function isFailure(status: TaskStatus | undefined): boolean {
  if (status?.state === 'Rejected') return true;
  if (status?.state !== 'Failed' || status.reason === undefined) return false;
  return status.reason === 'Unhealthy' || status.exitCode !== 0;
}

const leftAt = (status: TaskStatus | undefined): number => timeOf(status?.finishedAt ?? status?.retiredAt);

function endOf({ container, record }: TaskView, now: number): number {
  return container?.finishedAt ?? (record?.status?.finishedAt === undefined ? now : timeOf(record.status.finishedAt));
}

/** Each start by the engine is a try of its own; when they were is known only of a container that is as young. */
function triesOf({ container }: TaskView, since: number): number {
  return container !== undefined && container.createdAt >= since ? 1 + (container.restartCount ?? 0) : 1;
}

/** One that is not known is long ago. */
const timeOf = (text: string | undefined): number => (text === undefined ? undefined : parseIsoTime(text)) ?? 0;
