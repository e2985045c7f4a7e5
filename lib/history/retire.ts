import { endOf, type TaskView } from '../plan/task-view.ts';
import { defined } from '../types/defined.ts';
import type { TaskStatus } from '../types/generated.ts';
import type { StoredTask } from '../types/objects.ts';
import { isoMillis, isoTime } from '../types/time.ts';

export function isRetired({ status }: StoredTask): boolean {
  return status?.retiredAt !== undefined;
}

/** Whether anything of the task is worth remembering: a task that was superseded before anything was done for it is not. */
export function isMemorable({ phase, record }: TaskView, problem: string | undefined): boolean {
  return phase !== 'assigned' || problem !== undefined || record?.status?.containerId !== undefined;
}

export interface Retirement {
  /** Milliseconds since the epoch. */
  now: number;
  /** Why it could not be started at all. */
  problem: string | undefined;
  lastLog: string | undefined;
}

/** The last status of a task that has left its slot; its state only goes forward (Swarm: observed state is monotonic). */
export function retiredStatus(task: TaskView, { now, problem, lastLog }: Retirement): TaskStatus {
  const last = task.record?.status ?? {};
  const { health: _health, address: _address, ports: _ports, lastKnownState: _state, lastKnownSince: _since, ...rest } = last;
  const state = finalState(task, problem);
  const { reason, ...told } = rest;
  return {
    ...told,
    // That it was to go explains itself.
    ...(state === 'Shutdown' || state === 'Orphaned' ? {} : defined({ reason })),
    state,
    desiredState: 'Shutdown',
    since: state === last.state && last.since !== undefined ? last.since : isoTime(now),
    retiredAt: isoMillis(now),
    ...(problem === undefined || task.phase !== 'assigned' ? {} : { message: problem }),
    ...(lastLog === undefined || lastLog === '' ? {} : { lastLog }),
  };
}

function finalState({ phase, record }: TaskView, problem: string | undefined): NonNullable<TaskStatus['state']> {
  const end = endOf(record);
  if (end !== undefined) return end;
  if (phase === 'rejected') return 'Rejected';
  if (phase === 'unassigned' || phase === 'orphaned') return 'Orphaned';
  if (phase === 'assigned') return problem === undefined ? 'Shutdown' : 'Rejected';
  return record?.status?.desiredState === 'Shutdown' ? 'Shutdown' : 'Failed';
}
