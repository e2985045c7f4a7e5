import { mergeConditions, type ConditionInput } from '../conditions/conditions.ts';
import type { Blocked } from '../network/connected.ts';
import { hostReach, reachOf, type Reach } from '../publish/plan.ts';
import type { ServiceStatus } from '../types/generated.ts';
import type { StoredService } from '../types/objects.ts';
import { isoTime } from '../types/time.ts';
import type { ServicePlan } from './service-plan.ts';
import { isReady, type TaskView } from './task-view.ts';

export interface ServiceStatusInput {
  service: StoredService;
  specHash: string;
  tasks: readonly TaskView[];
  plan: Pick<ServicePlan, 'wanted' | 'waiting' | 'chains' | 'refusals' | 'ended'>;
  /** Why nothing new is placed: what it asks for it has not been given. */
  blocked?: Blocked | undefined;
  /** Whether how it is reached is given by a data plane, and stands in its status already. */
  dataPlane?: boolean;
  busySlots: number;
  /** Last failure of a slot, if one is held back now. */
  problem: { reason: string; message: string } | undefined;
  /** Milliseconds since the epoch. */
  now: number;
  /** Where its rollout stands. */
  progress: Pick<ServiceStatus, 'update' | 'revision' | 'revisions'>;
}

interface Counts {
  desired: number;
  replicas: number;
  ready: number;
  updated: number;
  unknown: number;
  /** Slots that run, those that are on their way out included. */
  running: number;
}

/** The one status of a service, made in full from what is seen (invariant 14). */
export function serviceStatus(input: ServiceStatusInput): ServiceStatus {
  const counts = countTasks(input);
  const verdict = judge(input, counts);
  const { service } = input;
  const context = { previous: service.status?.conditions, now: isoTime(input.now), generation: service.metadata.generation };
  return {
    observedGeneration: service.metadata.generation,
    conditions: mergeConditions(verdict.conditions, context),
    state: verdict.state,
    summary: summaryOf(service, counts),
    message: verdict.message,
    replicas: counts.replicas,
    desired: counts.desired,
    ready: counts.ready,
    updated: counts.updated,
    available: counts.ready,
    unknown: counts.unknown,
    specHash: input.specHash,
    selector: `dswarm/service=${service.metadata.name}`,
    ...reachStatus(input),
    ...(input.plan.refusals === undefined ? {} : { refusals: input.plan.refusals }),
  };
}

/** How it is reached: given by the data plane's controller, or by the engines as the spec says. */
export function reachStatus({ dataPlane, service }: ServiceStatusInput): Reach {
  return dataPlane === true ? reachOf(service.status) : hostReach(service.spec.ports);
}

function countTasks({ tasks, specHash, plan }: ServiceStatusInput): Counts {
  const wanted = new Set(plan.wanted);
  const present = tasks.filter(({ phase }) => !['gone', 'rejected', 'unassigned', 'orphaned'].includes(phase));
  const counted = present.filter(({ spec }) => wanted.has(spec.slot));
  const current = counted.filter((task) => task.spec.specHash === specHash);
  const slots = (list: readonly TaskView[]): number => new Set(list.map((task) => task.spec.slot)).size;
  return {
    desired: plan.wanted.length,
    replicas: present.length,
    ready: slots(counted.filter(isReady)),
    updated: slots(current),
    unknown: counted.filter((task) => task.phase === 'unknown').length,
    running: slots(present.filter(isReady)),
  };
}

/** As `docker service ls` has it: what runs out of what should, and how many of it a node takes at most. */
function summaryOf({ spec }: StoredService, { running, desired }: Counts): string {
  const most = spec.placement?.maxReplicasPerNode ?? 0;
  return `${running}/${desired}${most > 0 ? ` (max ${most} per node)` : ''}`;
}

export interface Verdict {
  state: string;
  message: string;
  conditions: ConditionInput[];
}

function judge(input: ServiceStatusInput, counts: Counts): Verdict {
  const tally = `${counts.ready} of ${counts.desired} tasks ready`;
  const held = heldVerdict(input, tally);
  if (held !== undefined) return held;
  const settled =
    counts.ready >= counts.desired && counts.updated >= counts.desired && input.plan.chains.length === 0 && input.busySlots === 0;
  const halted = rolloutVerdict(input, tally, settled);
  if (halted !== undefined) return stalled(halted);
  if (settled) return verdict('Ready', 'True', 'AllTasksReady', tally);
  const failing = failingVerdict(input, tally);
  if (failing !== undefined) return stalled(failing);
  const blocked = input.plan.waiting.find((wait) => wait.reason.startsWith('no suitable node'));
  if (blocked !== undefined && input.busySlots === 0)
    return stalled(verdict('Pending', 'False', 'NoSuitableNode', `${tally}; ${blocked.reason}`));
  if (counts.unknown > 0 && counts.ready + counts.unknown >= counts.desired) {
    return verdict('Unknown', 'Unknown', 'NodeUnreachable', `${tally}; ${counts.unknown} on nodes that cannot be reached`);
  }
  return progressing(verdict('Progressing', 'False', 'TasksNotReady', tally));
}

/** By the user, or as it has not been given what it asks for: what runs goes on, nothing new comes. */
export function heldVerdict({ service: { spec }, blocked }: ServiceStatusInput, tally: string): Verdict | undefined {
  if (spec.suspend) return verdict('Suspended', 'Unknown', 'Suspended', `suspended: nothing is reconciled; ${tally}`);
  if (blocked === undefined) return undefined;
  const message = `${tally}; ${blocked.message}`;
  if (!blocked.isLasting) return progressing(verdict('Progressing', 'False', blocked.reason, message));
  return stalled(verdict('Blocked', 'False', blocked.reason, message));
}

/** Steps that fail, tasks that fail again and again, or that failed and stay so. */
export function failingVerdict({ plan, problem }: ServiceStatusInput, tally: string): Verdict | undefined {
  if (problem !== undefined) return verdict('Stalled', 'False', problem.reason, `${tally}; ${problem.message}`);
  const looping = plan.waiting.find((wait) => wait.isCrashLoop === true);
  if (looping !== undefined) return verdict('Stalled', 'False', 'CrashLoopBackOff', `${tally}; slot ${looping.slot} ${looping.reason}`);
  const [ended] = plan.ended;
  return ended === undefined
    ? undefined
    : verdict('Stalled', 'False', 'TaskFailed', `${tally}; ${ended.task} is not replaced: ${ended.reason}`);
}

/** A rollout that a person has to look at: the service may serve well, yet what runs is not what its spec says. */
function rolloutVerdict(input: ServiceStatusInput, tally: string, settled: boolean): Verdict | undefined {
  const { update } = input.progress;
  const problem = input.problem === undefined ? '' : `; ${input.problem.message}`;
  switch (update?.state) {
    case 'paused':
      return verdict('Stalled', 'False', 'UpdatePaused', `${tally}; ${update.message}${problem}`);
    case 'rollback_paused':
      return verdict('Stalled', 'False', 'RollbackPaused', `${tally}; ${whatFailed(input)}; ${update.message}${problem}`);
    case 'rollback_completed':
      return settled && isInForce(input)
        ? verdict('Stalled', 'False', 'RolledBack', `${tally}; ${whatFailed(input)}: ${update.cause}`)
        : undefined;
    default:
      return undefined;
  }
}

/** False once the user's own spec is the one rolled back to. */
const isInForce = ({ progress: { update, revisions } }: ServiceStatusInput): boolean =>
  update?.failedSpecHash === revisions?.at(-1)?.specHash;

const whatFailed = ({ progress: { update, revision } }: ServiceStatusInput): string =>
  `rolled back to revision ${revision}; spec of generation ${update?.failedGeneration} failed`;

export function verdict(state: string, ready: ConditionInput['status'], reason: string, message: string): Verdict {
  return { state, message, conditions: [{ type: 'Ready', status: ready, reason, message }] };
}

export function stalled(base: Verdict): Verdict {
  const [ready] = base.conditions;
  return {
    ...base,
    conditions: [...base.conditions, { type: 'Stalled', status: 'True', reason: ready?.reason ?? 'Stalled', message: base.message }],
  };
}

export function progressing(base: Verdict): Verdict {
  return {
    ...base,
    conditions: [...base.conditions, { type: 'Progressing', status: 'True', reason: 'Reconciling', message: base.message }],
  };
}
