import type { UpdateStatus } from './config.ts';
import { begunSlots } from './enter.ts';
import type { RolloutInput, RolloutSlot } from './types.ts';

export interface Choice {
  /** Begun for the first time. */
  fresh: RolloutSlot[];
  /** Begun before, with nothing to show for it: they are tried again, and count no second time. */
  again: RolloutSlot[];
}

/**
 * Which slots to begin now. Each slot occupies one of `parallelism` workers from its start until its task runs or has failed, and for
 * `delay` after that (as Swarm's updater). Beyond Swarm: slots that are down without it occupy one too, whose task of
 * the target's spec broke after it was watched, or whose earlier one ended.
 */
export function chooseSlots(state: UpdateStatus, input: RolloutInput): Choice {
  const begun = new Set(begunSlots(state).map((entry) => entry.slot));
  const open = input.slots.filter((slot) => slot.dirty && slot.free);
  const fresh = open.filter((slot) => !begun.has(slot.slot));
  const order = [...fresh.filter((slot) => slot.broken), ...fresh.filter((slot) => !slot.broken)];
  return { fresh: order.slice(0, room(state, input, begun)), again: open.filter((slot) => begun.has(slot.slot)) };
}

function room(state: UpdateStatus, { config, slots, now }: RolloutInput, begun: ReadonlySet<string>): number {
  if (config.parallelism === 0) return Infinity;
  const working = begunSlots(state).filter((entry) => entry.doneAt === undefined || now - entry.doneAt < config.delayMs).length;
  // What a slot that waits for its turn had of the target's is past: it ended when the slot was last given something else.
  const countsAiling = config.failureAction !== 'continue';
  const unsettled = slots.filter((slot) => !begun.has(slot.slot) && (slot.busy || (countsAiling && isDown(slot)))).length;
  return Math.max(0, config.parallelism - working - unsettled);
}

function isDown({ current, dirty, vacant }: RolloutSlot): boolean {
  return vacant || (!dirty && (current?.phase === 'pending' || current?.phase === 'failed'));
}
