import type { RolloutConfig, UpdateSlot, UpdateStatus } from './config.ts';
import { begunSlots } from './enter.ts';
import type { RolloutInput, RolloutSlot } from './types.ts';

export interface Watched {
  state: UpdateStatus;
  /** Name of the task that failed last in this step. */
  failedTask: string | undefined;
}

/** What became of the slots that were begun. Each counts as failed at most once. */
export function watchSlots(state: UpdateStatus, input: RolloutInput): Watched {
  const views = new Map(input.slots.map((slot) => [slot.slot, slot]));
  const kept: UpdateSlot[] = [];
  let failures = state.failures ?? 0;
  let progressAt = state.progressAt ?? input.now;
  let failedTask: string | undefined;
  for (const entry of begunSlots(state)) {
    const view = views.get(entry.slot);
    if (view === undefined) continue;
    const seen = look(entry, view, input);
    if (seen.failed === true && entry.failed !== true) {
      failures += 1;
      failedTask = view.current?.name ?? entry.slot;
    }
    if (isFurther(entry, seen)) progressAt = input.now;
    if (!isPast(seen, input)) kept.push(seen);
  }
  return { state: { ...state, slots: kept, failures, progressAt }, failedTask };
}

function look(entry: UpdateSlot, view: RolloutSlot, { config, now }: RolloutInput): UpdateSlot {
  if (entry.failed === true) return entry;
  if (hasFailed(entry, view) && isMonitored(entry, config, now)) return { ...entry, failed: true, doneAt: entry.doneAt ?? now };
  const phase = view.current?.phase;
  const seen = phase === 'running' ? { ...entry, runningAt: entry.runningAt ?? now } : entry;
  return isDone(view) ? { ...seen, doneAt: entry.doneAt ?? now } : seen;
}

const isDone = ({ current, busy }: RolloutSlot): boolean => (current?.phase === 'running' && !busy) || current?.phase === 'lost';

function hasFailed(entry: UpdateSlot, { current, busy }: RolloutSlot): boolean {
  if (current === undefined) return entry.runningAt !== undefined && !busy;
  return current.phase === 'failed' || current.endedEarly;
}

/** A task is watched until it has run for the monitor time. */
function isMonitored(entry: UpdateSlot, config: RolloutConfig, now: number): boolean {
  return entry.runningAt === undefined || now - entry.runningAt < config.monitorMs;
}

function isFurther(before: UpdateSlot, after: UpdateSlot): boolean {
  return before.runningAt !== after.runningAt || before.doneAt !== after.doneAt;
}

/** Nothing waits for it or watches it any more. Failed ones stay: their slots are not begun a second time. */
function isPast(entry: UpdateSlot, { config, now }: RolloutInput): boolean {
  if (entry.failed === true || entry.doneAt === undefined || isMonitored(entry, config, now)) return false;
  return now - entry.doneAt >= config.delayMs;
}
