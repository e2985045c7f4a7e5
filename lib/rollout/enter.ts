import { isoTime } from '../types/time.ts';
import type { UpdateStatus } from './config.ts';
import type { RolloutInput } from './types.ts';

export const isRollback = (state: UpdateStatus): boolean => state.state?.startsWith('rollback') === true;
export const isPaused = (state: UpdateStatus): boolean => state.state === 'paused' || state.state === 'rollback_paused';
export const isRunning = (state: UpdateStatus): boolean => state.state === 'updating' || state.state === 'rollback_started';
export const begunSlots = (state: UpdateStatus): NonNullable<UpdateStatus['slots']> => state.slots ?? [];

/**
 * The state that this step works with: the stored one while it holds, a new one where there is something to change. A new spec supersedes
 * whatever was under way; the same spec does not. A paused rollout stays as it is until the service's spec is edited again, in
 * whatever field: then all that is left is tried anew.
 */
export function enterRollout(input: RolloutInput): UpdateStatus | undefined {
  const { state, target } = input;
  const isSame = state !== undefined && state.specHash === target.specHash;
  if (isSame && isRunning(state)) return state.total === undefined ? beginRollout(input) : state;
  if (isSame && isPaused(state)) return state.generation === target.generation ? state : beginRollout(input);
  const visited = new Set(isSame ? begunSlots(state).map((entry) => entry.slot) : []);
  if (!input.slots.some((slot) => slot.dirty && !visited.has(slot.slot))) return isSame ? state : undefined;
  return beginRollout(input);
}

function beginRollout({ state, target, slots, now }: RolloutInput): UpdateStatus {
  const rollsBack = target.failedSpecHash !== undefined;
  return {
    state: rollsBack ? 'rollback_started' : 'updating',
    startedAt: isoTime(now),
    message: rollsBack ? (state?.cause ?? 'rollback in progress') : 'update in progress',
    ...(rollsBack ? ofFailed(state) : {}),
    specHash: target.specHash,
    generation: target.generation,
    total: slots.filter((slot) => slot.dirty).length,
    started: 0,
    failures: 0,
    progressAt: now,
    slots: [],
  };
}

/** What a rollback remembers of the spec that failed. */
function ofFailed(state: UpdateStatus | undefined): UpdateStatus {
  const kept: UpdateStatus = {};
  if (state?.cause !== undefined) kept.cause = state.cause;
  if (state?.failedSpecHash !== undefined) kept.failedSpecHash = state.failedSpecHash;
  if (state?.failedGeneration !== undefined) kept.failedGeneration = state.failedGeneration;
  return kept;
}
