/** Where the task of one slot stands in the current iteration of a job; what is being shut down is not told: its slot is free again. */
export interface JobSlot {
  /** From 0. */
  slot: number;
  state: 'active' | 'complete' | 'ended';
}

export interface JobInput {
  /** How many slots are to complete in all. */
  completions: number;
  /** How many run at a time. */
  maxConcurrent: number;
  slots: readonly JobSlot[];
}

export interface JobPlan {
  /** Slots to be filled now, in order. */
  start: number[];
  /** Active slots that are more than needed, the highest numbers first. */
  surplus: number[];
  complete: number;
  active: number;
}

/**
 * Which slots of a replicated job begin now (SwarmKit: orchestrator/jobs/replicated/reconciler.go). A slot that completed is never filled
 * again; no more begin than are still to complete; one that ended for good (no restart is left to it) keeps its number and is not filled.
 */
export function planSlots({ completions, maxConcurrent, slots }: JobInput): JobPlan {
  const numbers = (state: JobSlot['state']): number[] => slots.filter((slot) => slot.state === state).map(({ slot }) => slot);
  const [active, complete, ended] = [numbers('active'), numbers('complete'), numbers('ended')];
  const toComplete = Math.max(0, completions - complete.length - ended.length);
  const most = Math.min(maxConcurrent, toComplete);
  const taken = new Set([...active, ...complete, ...ended]);
  return {
    start: freeNumbers(taken, most - active.length),
    surplus: [...active].sort((a, b) => b - a).slice(0, Math.max(0, active.length - toComplete)),
    complete: complete.length,
    active: active.length,
  };
}

/** The lowest numbers that are free. */
function freeNumbers(taken: ReadonlySet<number>, count: number): number[] {
  const free: number[] = [];
  for (let number = 0; free.length < count; number += 1) if (!taken.has(number)) free.push(number);
  return free;
}
