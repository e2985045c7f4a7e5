import { removalChain } from './chain.ts';
import type { ServicePlan, ServicePlanInput } from './service-plan.ts';
import type { Chain } from './step.ts';
import type { TaskView } from './task-view.ts';

export function emptySlot(input: ServicePlanInput, plan: ServicePlan, { slot, tasks }: { slot: string; tasks: readonly TaskView[] }): void {
  if (input.busy.has(slot)) {
    if (input.busy.get(slot) !== undefined) plan.cancel.push(slot);
    return;
  }
  // Without a service or a record only what never ran is ours to clear away: a create that was applied late, after its service was deleted.
  const recorded = input.service === undefined ? tasks.filter((task) => task.record !== undefined || task.phase === 'created') : tasks;
  // A task of a job that has completed may have no container any more.
  const left = recorded.filter((task) => ['assigned', 'rejected', 'gone', 'unassigned', 'complete'].includes(task.phase));
  forgetEmpty(
    left.filter((task) => task.container === undefined),
    plan,
  );
  const chain = removalChain(slot, recorded, input.service === undefined ? 'service deleted' : 'no longer wanted');
  if (chain !== undefined) launch(input, plan, chain);
}

export function forgetEmpty(tasks: readonly TaskView[], plan: ServicePlan): void {
  for (const task of tasks) if (task.record !== undefined) plan.forget.push(task.name);
}

export function launch(input: ServicePlanInput, plan: ServicePlan, chain: Chain): void {
  const held = input.held.get(chain.slot);
  if (held === undefined) plan.chains.push(chain);
  else plan.waiting.push({ slot: chain.slot, reason: held });
}
