import type { RolloutSlot, RolloutTask } from '../rollout/types.ts';
import type { SlotBuckets } from './buckets.ts';
import { isOverdue } from './overdue.ts';
import { isReady, type TaskView } from './task-view.ts';

export interface RolloutSlotInput {
  slot: string;
  buckets: SlotBuckets;
  specHash: string;
  now: number;
  /** Absent: no chain runs for the slot. Else what it works towards; undefined: a removal. */
  chain?: { specHash: string | undefined };
  /** Its last chain failed in a way that trying again does not mend by itself. */
  hasFailed: boolean;
  /** The task that the failed step was for: that an old one does not stop is no failure of the new one. */
  failedTask?: string | undefined;
}

/** One slot as the rollout sees it. */
export function rolloutSlot(input: RolloutSlotInput): RolloutSlot {
  const { buckets, chain, specHash } = input;
  const works = chain?.specHash === specHash;
  const isStray = chain?.specHash !== undefined && !works;
  const outdated = buckets.outdated.filter((task) => task.phase !== 'unknown');
  // A chain towards another spec may be about to stop what the slot holds: it counts as dirty until that chain has ended.
  const dirty = isStray || (!works && buckets.keep === undefined && outdated.length > 0 && outdated.length === buckets.outdated.length);
  const current = taskOf(input, works);
  return {
    slot: input.slot,
    dirty,
    free: chain === undefined,
    busy: chain !== undefined ? !isOnlyLate(input, outdated) : buckets.keep !== undefined && outdated.some((task) => holdsUp(task, input)),
    broken: dirty && goesFirst(outdated),
    vacant: isVacant(input),
    ...(current === undefined ? {} : { current }),
  };
}

/** An old task that does not stop is gone on without, as in Swarm. */
function holdsUp(task: TaskView, { buckets, now }: RolloutSlotInput): boolean {
  return task.container !== undefined && !isOverdue(task, buckets.keep, now);
}

/** The chain that runs tries once more to stop what is late. */
function isOnlyLate(input: RolloutSlotInput, outdated: readonly TaskView[]): boolean {
  const { keep } = input.buckets;
  return keep !== undefined && isReady(keep) && outdated.length > 0 && !outdated.some((task) => holdsUp(task, input));
}

/** It is filled without the rollout's doing, and serves no sooner for it. */
function isVacant({ chain, specHash, buckets: { keep, outdated, leaving, dead } }: RolloutSlotInput): boolean {
  if (chain !== undefined || keep !== undefined || outdated.length > 0 || leaving.length > 0) return false;
  return dead.some((task) => task.spec.specHash !== specHash);
}

/** None serves, or more than one runs: an update that was superseded had started its own, which is given up first. */
function goesFirst(outdated: readonly TaskView[]): boolean {
  return !outdated.some(isReady) || outdated.filter(({ container }) => container?.state === 'running').length > 1;
}

function taskOf({ buckets, specHash, hasFailed, failedTask, slot }: RolloutSlotInput, works: boolean): RolloutTask | undefined {
  const { keep, outdated } = buckets;
  if (keep !== undefined)
    return {
      name: keep.name,
      phase: phaseOf(keep, hasFailed && !works && !outdated.some((task) => task.name === failedTask)),
      endedEarly: hasEnded(keep),
    };
  if (works) return { name: slot, phase: 'pending', endedEarly: false };
  const rejected = buckets.lost.filter((task) => task.phase === 'rejected');
  const ended = [...buckets.dead, ...buckets.removing, ...rejected].find((task) => task.spec.specHash === specHash);
  return ended === undefined ? undefined : { name: ended.name, phase: 'failed', endedEarly: true };
}

function phaseOf(keep: TaskView, hasFailed: boolean): RolloutTask['phase'] {
  if (keep.phase === 'unknown') return 'lost';
  if (isReady(keep)) return 'running';
  return hasFailed || keep.phase === 'restarting' ? 'failed' : 'pending';
}

/**
 * Crashes are restarted by the engine (invariant 13): a task that it had to restart has failed once. A task that ended well has ended
 * early all the same (Swarm: failure or early termination).
 */
function hasEnded({ phase, container }: TaskView): boolean {
  return phase === 'complete' || phase === 'restarting' || (container?.restartCount ?? 0) > 0;
}
