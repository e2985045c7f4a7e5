import { rolloutConfig } from '../rollout/config.ts';
import { nextRollout } from '../rollout/step.ts';
import { isHeld } from '../rollout/target.ts';
import type { RolloutStep } from '../rollout/types.ts';
import type { StoredService } from '../types/objects.ts';
import type { SlotState } from './buckets.ts';
import { rolloutSlot } from './rollout-slots.ts';
import type { ServicePlanInput } from './service-plan.ts';

/** How soon a rollout looks again whether its nodes are still connecting. */
const SETTLING_CHECK_MS = 1_000;

/** What the rollout of a service does next. */
export function planRollout(input: ServicePlanInput, service: StoredService, states: readonly SlotState[]): RolloutStep {
  const { specHash, busy, rollout, settling } = input;
  // What a node has that was not heard of yet is not lost: a rollout that went on now would begin with others beside it.
  if (settling) return { state: service.status?.update, begin: [], rollBack: false, requeueAfterMs: SETTLING_CHECK_MS };
  const { failedSpecHash } = rollout;
  const slots = states.map(({ slot, buckets }) =>
    rolloutSlot({
      slot,
      buckets,
      specHash,
      now: rollout.now,
      hasFailed: rollout.failedSlots.has(slot),
      failedTask: input.failedTasks?.get(slot),
      ...(busy.has(slot) ? { chain: { specHash: busy.get(slot) } } : {}),
    }),
  );
  const { generation } = service.metadata;
  return nextRollout({
    state: service.status?.update,
    target: { specHash, generation, ...(failedSpecHash === undefined ? {} : { failedSpecHash }) },
    previous: rollout.previous,
    config: rolloutConfig(service.spec.update),
    held: isHeld(service),
    slots,
    now: rollout.now,
  });
}
