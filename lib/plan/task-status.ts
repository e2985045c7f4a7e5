import { defined } from '../types/defined.ts';
import type { TaskStatus } from '../types/generated.ts';
import type { ObservedContainer } from '../types/observation.ts';
import { isoTime } from '../types/time.ts';
import { messageOf, reasonOf } from './task-message.ts';
import { wasToGo, type TaskView } from './task-view.ts';

export interface TaskProgress {
  /** A chain for its slot runs now. */
  busy: boolean;
  /** That chain takes the task away: it works towards another spec, or towards none. */
  leaving: boolean;
  /** Why it is still where it may not stay. */
  staying?: string | undefined;
  /** Why its last chain failed. */
  problem: string | undefined;
  /** It waits for its startAfter: why. */
  waits?: { why: string; isCrashLoop: boolean } | undefined;
  /** Steps of this pass take it away. */
  goes?: boolean;
  /** Milliseconds since the epoch. */
  now: number;
}

/** What users see of a task; everything but `state` comes from the engine's own words. */
export function taskStatus(task: TaskView, progress: TaskProgress): TaskStatus {
  const status = presentStatus(task, progress);
  return { ...status, since: sinceOf(task, status, progress.now) };
}

/** When it entered its state. One whose record was lost has been there for as long as its container, as far as is known. */
function sinceOf({ record, container }: TaskView, { state, finishedAt }: TaskStatus, now: number): string {
  const known = knownSince(record?.status, state);
  if (known !== undefined) return known;
  if ((state === 'Failed' || state === 'Complete') && finishedAt !== undefined) return finishedAt;
  return isoTime(record === undefined ? createdAt(container, now) : now);
}

/** Seen again as it was before its node could not be reached, it has been in its state all the time. */
function knownSince(last: TaskStatus | undefined, state: TaskStatus['state']): string | undefined {
  if (last?.state === state) return last?.since;
  return last?.state === 'Unknown' && last.lastKnownState === state ? last.lastKnownSince : undefined;
}

const createdAt = (container: ObservedContainer | undefined, now: number): number => container?.startedAt ?? container?.createdAt ?? now;

function presentStatus(task: TaskView, progress: TaskProgress): TaskStatus {
  if (task.phase === 'unknown' || task.phase === 'orphaned') return unknownStatus(task);
  if (isStopped(task)) return stoppedStatus(task);
  const fixed = { state: stateOf(task, progress), desiredState: desiredState(task, progress), ...waitReason(progress) };
  const message = progress.problem ?? progress.waits?.why ?? messageOf(task);
  if (task.container === undefined) return withMessage({ ...fixed, ...containerOnce(task) }, message);
  return withMessage({ ...fixed, ...seenStatus(task, task.container) }, message ?? progress.staying);
}

function seenStatus(task: TaskView, container: ObservedContainer): TaskStatus {
  const restarts = container.restartCount ?? task.record?.status?.restarts ?? 0;
  return { ...defined({ reason: reasonOf(task) }), ...describeContainer(container), restarts };
}

/** That it had a container stays known, and how it ended: one that is gone is not one that was never made. */
function containerOnce({ phase, record }: TaskView): TaskStatus {
  if (phase !== 'gone') return {};
  const { containerId, exitCode, oomKilled, startedAt, finishedAt, restarts, reason } = record?.status ?? {};
  return defined({ containerId, exitCode, oomKilled, startedAt, finishedAt, restarts, reason });
}

/** It ended because it was to end: that is no failure. */
function isStopped({ phase, record }: TaskView): boolean {
  return wasToGo(record) && (phase === 'gone' || phase === 'failed' || phase === 'removing');
}

function stoppedStatus({ container, record }: TaskView): TaskStatus {
  const { message: _message, health: _health, ...last } = record?.status ?? {};
  const seen = container === undefined ? {} : describeContainer(container);
  return { ...last, ...seen, state: 'Stopping', desiredState: 'Shutdown' };
}

/** What is wanted of it; once Shutdown it stays so while what takes it away goes on. */
function desiredState(task: TaskView, { busy, goes, waits }: TaskProgress): NonNullable<TaskStatus['desiredState']> {
  const wasLeaving = task.record?.status?.desiredState === 'Shutdown';
  if (goes === true || (wasLeaving && (busy || task.phase === 'gone'))) return 'Shutdown';
  return waits === undefined ? 'Running' : 'Ready';
}

/** Kubernetes' word for a slot whose tasks fail one after another. */
function waitReason({ waits }: TaskProgress): Pick<TaskStatus, 'reason'> {
  return waits === undefined ? {} : { reason: waits.isCrashLoop ? 'CrashLoopBackOff' : 'RestartDelay' };
}

function describeContainer(container: ObservedContainer): TaskStatus {
  const hasEnded = container.state !== 'running';
  return defined({
    containerId: container.id,
    health: container.health,
    address: container.address === '' ? undefined : container.address,
    exitCode: hasEnded ? container.exitCode : undefined,
    oomKilled: container.oomKilled === true ? true : undefined,
    startedAt: container.startedAt === undefined ? undefined : isoTime(container.startedAt),
    finishedAt: hasEnded && container.finishedAt !== undefined ? isoTime(container.finishedAt) : undefined,
  });
}

function unknownStatus(task: TaskView): TaskStatus {
  const known = task.record?.status;
  const wasAway = known?.state === 'Unknown' || known?.state === 'Orphaned';
  const lastKnownState = wasAway ? known.lastKnownState : known?.state;
  const lastKnownSince = wasAway ? known.lastKnownSince : known?.since;
  const isOrphaned = task.phase === 'orphaned';
  const fate = isOrphaned ? 'replaced elsewhere; what is left of it goes when the node is back' : 'the container may well run';
  return {
    ...known,
    state: isOrphaned ? 'Orphaned' : 'Unknown',
    ...defined({ lastKnownState, lastKnownSince }),
    message: `node ${task.spec.node} cannot be reached; ${fate}`,
  };
}

function withMessage(status: TaskStatus, message: string | undefined): TaskStatus {
  return message === undefined ? status : { ...status, message };
}

function stateOf(task: TaskView, progress: TaskProgress): NonNullable<TaskStatus['state']> {
  if (progress.leaving && task.container !== undefined && task.phase !== 'running') return 'Stopping';
  switch (task.phase) {
    case 'unknown':
      return 'Unknown';
    case 'orphaned':
    case 'unassigned':
      return 'Orphaned';
    case 'assigned':
      return progress.busy ? 'Preparing' : 'Assigned';
    case 'created':
      return progress.waits === undefined ? 'Created' : 'Ready';
    case 'starting':
      return 'Starting';
    case 'running':
      return 'Running';
    case 'restarting':
      return 'Restarting';
    case 'complete':
      return 'Complete';
    case 'unhealthy':
    case 'failed':
    case 'gone':
      return 'Failed';
    case 'removing':
      return 'Stopping';
  }
}
