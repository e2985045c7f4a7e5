import { rolloutTarget, type Target } from '../rollout/target.ts';
import type { TaskSources } from '../plan/task-view.ts';
import type { ObjectRef, StoredRevision, StoredService } from '../types/objects.ts';
import { currentIteration, type Found, type Iteration } from './iteration.ts';
import { carriedOut, isJob } from './modes.ts';

export interface WorkTarget extends Target {
  /** For jobs. */
  iteration?: Iteration;
}

export interface TargetSources {
  revision: (ref: ObjectRef & { kind: 'Revision' }) => StoredRevision | undefined;
  found: Found;
}

/** What a service is to run: a job has iterations, and no rollouts. */
export function workTarget(service: StoredService, sources: TargetSources): WorkTarget {
  if (!isJob(service.spec)) return rolloutTarget(service, sources.revision);
  const iteration = currentIteration(service, sources.found);
  return { service: carriedOut(service), specHash: iteration.specHash, iteration };
}

/** How tasks of the target are looked at. Without a target they only go. */
export function viewOf(target: WorkTarget | undefined): Pick<TaskSources, 'restart' | 'iteration'> {
  if (target === undefined) return { restart: 'any' };
  const { service, specHash, iteration } = target;
  if (iteration === undefined) return { restart: service.spec.restart.condition };
  // A job's task that failed has failed, whether it is tried again or not.
  return { restart: 'on-failure', iteration: { specHash, serviceUid: service.metadata.uid } };
}
