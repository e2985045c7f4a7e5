import type { ServiceDemand } from '../schedule/filters.ts';
import type { NodeIndex } from '../schedule/node-index.ts';
import { nextMove } from '../schedule/rebalance.ts';
import { isHeld } from '../rollout/target.ts';
import type { ServiceSpec } from '../types/generated.ts';
import type { StoredService } from '../types/objects.ts';
import { keepsData } from './holding.ts';
import type { TaskView } from './task-view.ts';
import type { SlotBuckets } from './buckets.ts';
import type { ServicePlan, ServicePlanInput } from './service-plan.ts';

/** Whether every slot has its one task, running and healthy, and nothing is under way, planned or waiting. */
export function isAtRest(input: ServicePlanInput, plan: ServicePlan, states: readonly { buckets: SlotBuckets }[]): boolean {
  const planned = [plan.assign, plan.chains, plan.waiting, plan.staying, plan.ended, plan.cancel];
  if (input.settling || input.blocked !== undefined || input.busy.size > 0 || planned.some((list) => list.length > 0)) return false;
  const rollout = plan.rollout?.state?.state;
  if (rollout !== undefined && rollout !== 'completed' && rollout !== 'rollback_completed') return false;
  // Records of which nothing is left go in this pass.
  return states.every(({ buckets: { keep, lost: _lost, ...others } }) => {
    const rest = Object.values(others).every((bucket) => bucket.length === 0);
    return keep?.phase === 'running' && rest;
  });
}

export interface UnevenInput<State> {
  service: StoredService;
  states: readonly State[];
  nodes: NodeIndex;
  demand: ServiceDemand;
}

/** The slot whose task moves next to even out where a service runs, for those that ask for it (placement.rebalance), and where to. */
export function findUneven<State extends { buckets: SlotBuckets }>(input: UnevenInput<State>): (State & Uneven) | undefined {
  const { spec } = input.service;
  if (!isAsked(spec) || isHeld(input.service)) return undefined;
  const own = new Map<string, number>();
  const keeps = input.states.flatMap(({ buckets }) => buckets.keep ?? []);
  for (const keep of keeps) own.set(keep.spec.node, (own.get(keep.spec.node) ?? 0) + 1);
  const move = nextMove(input.nodes, input.demand, own);
  const state = move === undefined ? undefined : input.states.findLast(({ buckets }) => buckets.keep?.spec.node === move.from);
  return move === undefined || state?.buckets.keep === undefined ? undefined : { ...state, keep: state.buckets.keep, to: move.to };
}

const isAsked = (spec: ServiceSpec): boolean =>
  spec.mode === 'replicated' && spec.placement?.rebalance === 'onNodeReady' && !keepsData(spec);

interface Uneven {
  keep: TaskView;
  to: string;
}
