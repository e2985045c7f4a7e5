import { defined } from '../types/defined.ts';
import type { TaskStatus } from '../types/generated.ts';
import type { ObservedContainer } from '../types/observation.ts';
import { isoTime } from '../types/time.ts';
import type { TaskView } from './task-view.ts';

export interface TaskProgress {
  /** A chain for its slot runs now. */
  busy: boolean;
  /** That chain takes the task away: it works towards another spec, or towards none. */
  leaving: boolean;
  /** Why it is still where it may not stay. */
  staying?: string | undefined;
  /** Why its last chain failed. */
  problem: string | undefined;
}

/** What users see of a task; everything but `state` comes from the engine's own words. */
export function taskStatus(task: TaskView, progress: TaskProgress): TaskStatus {
  if (task.phase === 'unknown' || task.phase === 'orphaned') return unknownStatus(task);
  const state = stateOf(task, progress);
  if (task.container === undefined) return withMessage({ state, ...containerOnce(task) }, progress.problem);
  const restarts = task.container.restartCount ?? task.record?.status?.restarts ?? 0;
  return withMessage({ state, ...describeContainer(task.container), restarts }, progress.problem ?? messageOf(task) ?? progress.staying);
}

/** That it had a container stays known: one that is gone is not one that was never made. */
function containerOnce({ phase, record }: TaskView): Pick<TaskStatus, 'containerId'> {
  return phase === 'gone' ? defined({ containerId: record?.status?.containerId }) : {};
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
  const lastKnownState = known?.state === 'Unknown' || known?.state === 'Orphaned' ? known.lastKnownState : known?.state;
  const isOrphaned = task.phase === 'orphaned';
  const fate = isOrphaned ? 'replaced elsewhere; what is left of it goes when the node is back' : 'the container may well run';
  return {
    ...known,
    state: isOrphaned ? 'Orphaned' : 'Unknown',
    ...(lastKnownState === undefined ? {} : { lastKnownState }),
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
      return 'Created';
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

function messageOf(task: TaskView): string | undefined {
  if (task.phase === 'unhealthy') return 'the healthcheck fails';
  if (task.container?.oomKilled === true) return 'ran out of memory';
  if (task.phase === 'restarting' || task.phase === 'failed') return `exited with code ${task.container?.exitCode ?? 'unknown'}`;
  return task.phase === 'gone' ? 'the container was removed by somebody else' : undefined;
}
