import { formatDuration } from '../manifest/duration.ts';
import { isoTime } from '../types/time.ts';
import { chooseSlots } from './choose.ts';
import type { UpdateStatus } from './config.ts';
import { begunSlots, enterRollout, isPaused, isRollback, isRunning } from './enter.ts';
import type { RolloutInput, RolloutStep } from './types.ts';
import { watchSlots, type Watched } from './watch.ts';

/**
 * One step of a rolling update or rollback: a function of the stored state, what the slots hold, and the time. Semantics and messages are
 * those of SwarmKit's manager/orchestrator/update/updater.go; beyond it, a rollout that makes no progress for `progressDeadline` counts
 * as failed. Run again with what it returned it goes on where it was, so a controller may be killed at any point.
 */
export function nextRollout(input: RolloutInput): RolloutStep {
  const entered = enterRollout(input);
  if (entered === undefined || isPaused(entered)) return { state: entered, begin: [], rollBack: false };
  if (!isRunning(entered)) return rest(entered, input);
  const watched = watchSlots(unheld(entered, input), input);
  if (input.held) return { state: { ...watched.state, held: true }, begin: [], rollBack: false };
  const why = judge(watched, input);
  if (why !== undefined) return fail(watched.state, why, input);
  if (isFinished(watched.state, input)) return complete(watched.state, input);
  return advance(watched.state, input);
}

/** Completed; slots whose task failed all the same are tried again as soon as they hold nothing of the target's. */
function rest(state: UpdateStatus, input: RolloutInput): RolloutStep {
  return { state, begin: input.held ? [] : chooseSlots(state, input).again.map((slot) => slot.slot), rollBack: false };
}

/** Time held is not time without progress. */
function unheld(state: UpdateStatus, input: RolloutInput): UpdateStatus {
  if (state.held !== true || input.held) return state;
  const { held: _held, ...rest } = state;
  return { ...rest, progressAt: input.now };
}

/** Why the rollout fails now, in Swarm's words; undefined: it does not. */
function judge({ state, failedTask }: Watched, input: RolloutInput): string | undefined {
  if (input.config.failureAction === 'continue') return undefined;
  const failures = state.failures ?? 0;
  if (failures > 0 && failures / Math.max(1, state.total ?? 1) > input.config.maxFailureRatio) {
    return `due to failure or early termination of task ${failedTask ?? begunSlots(state).find((entry) => entry.failed)?.slot ?? ''}`;
  }
  return isStuck(state, input) ? `due to no progress for ${formatDuration(input.config.progressDeadlineMs)} (progressDeadline)` : undefined;
}

function isStuck(state: UpdateStatus, input: RolloutInput): boolean {
  const idle = input.now - (state.progressAt ?? input.now);
  const deadline = input.config.progressDeadlineMs;
  return deadline > 0 && idle >= deadline && isUnfinished(state, input);
}

function fail(state: UpdateStatus, why: string, input: RolloutInput): RolloutStep {
  const { previous, target, config, now } = input;
  if (config.failureAction === 'rollback' && !isRollback(state) && previous !== undefined && previous !== target.specHash) {
    const message = `update rolled back ${why}`;
    const { total: _total, slots: _slots, ...rest } = state;
    const failed = { failedSpecHash: target.specHash, failedGeneration: target.generation };
    const next = { ...rest, ...failed, state: 'rollback_started', specHash: previous, message, cause: message, progressAt: now };
    return { state: next, begin: [], rollBack: true, requeueAfterMs: 0 };
  }
  const message = `${isRollback(state) ? 'rollback' : 'update'} paused ${why}`;
  const paused = {
    ...state,
    state: isRollback(state) ? 'rollback_paused' : 'paused',
    generation: target.generation,
    message,
    cause: message,
  };
  return { state: paused, begin: [], rollBack: false };
}

function isUnfinished(state: UpdateStatus, input: RolloutInput): boolean {
  const begun = new Set(begunSlots(state).map((entry) => entry.slot));
  return begunSlots(state).some((entry) => entry.doneAt === undefined) || input.slots.some((slot) => slot.dirty && !begun.has(slot.slot));
}

/** After the last slot (and its delay) failures are watched for one more monitor time, unless nobody would act on them. */
function endsAt(state: UpdateStatus, { config, now }: RolloutInput): number {
  if ((state.total ?? 0) === 0 && begunSlots(state).length === 0) return now;
  return (state.progressAt ?? 0) + config.delayMs + (config.failureAction === 'continue' ? 0 : config.monitorMs);
}

function isFinished(state: UpdateStatus, input: RolloutInput): boolean {
  return !isUnfinished(state, input) && endsAt(state, input) <= input.now;
}

function complete(state: UpdateStatus, { now }: RolloutInput): RolloutStep {
  const done = isRollback(state)
    ? { state: 'rollback_completed', message: 'rollback completed' }
    : { state: 'completed', message: 'update completed' };
  const slots = begunSlots(state).filter((entry) => entry.failed === true);
  return { state: { ...state, ...done, completedAt: isoTime(now), slots }, begin: [], rollBack: false };
}

function advance(state: UpdateStatus, input: RolloutInput): RolloutStep {
  const { now } = input;
  const { fresh, again } = chooseSlots(state, input);
  const next: UpdateStatus = {
    ...state,
    started: (state.started ?? 0) + fresh.length,
    progressAt: fresh.length === 0 ? (state.progressAt ?? now) : now,
    slots: [...begunSlots(state), ...fresh.map(({ slot }) => ({ slot, begunAt: now }))],
  };
  const wake = wakeAt(next, input);
  const begin = [...fresh, ...again].map((slot) => slot.slot);
  return { state: next, begin, rollBack: false, ...(wake === undefined ? {} : { requeueAfterMs: wake - now }) };
}

/** The next time at which something changes though nothing happens. */
function wakeAt(state: UpdateStatus, input: RolloutInput): number | undefined {
  const { config, now } = input;
  const times = begunSlots(state).flatMap((entry) => (entry.doneAt === undefined ? [] : [entry.doneAt + config.delayMs]));
  if (!isUnfinished(state, input)) times.push(endsAt(state, input));
  else if (config.progressDeadlineMs > 0 && config.failureAction !== 'continue') {
    times.push((state.progressAt ?? now) + config.progressDeadlineMs);
  }
  const due = times.filter((time) => time > now);
  return due.length === 0 ? undefined : Math.min(...due);
}
