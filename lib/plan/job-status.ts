import { mergeConditions, type ConditionInput } from '../conditions/conditions.ts';
import type { Iteration } from '../jobs/iteration.ts';
import { concurrencyOf } from '../jobs/modes.ts';
import type { JobStatus, ServiceStatus } from '../types/generated.ts';
import { isoTime } from '../types/time.ts';
import { isOfIteration } from './job.ts';
import { SETTLING } from './service-plan.ts';
import {
  failingVerdict,
  heldVerdict,
  progressing,
  reachStatus,
  stalled,
  verdict,
  type ServiceStatusInput,
  type Verdict,
} from './service-status.ts';

export interface JobStatusInput extends ServiceStatusInput {
  iteration: Iteration;
}

interface Counts {
  completions: number;
  completed: number;
  failed: number;
  /** How many should run now. */
  desired: number;
  running: number;
  /** Tasks that have not ended. */
  active: number;
  unknown: number;
  /** Slots with a task of this iteration. */
  updated: number;
}

/** The one status of a job, made in full from what is seen (invariant 14). Ready is a job that has done what it is to do. */
export function jobStatus(input: JobStatusInput): ServiceStatus {
  const counts = countTasks(input);
  const { state, message, conditions } = judge(input, counts);
  const { service } = input;
  const context = { previous: service.status?.conditions, now: isoTime(input.now), generation: service.metadata.generation };
  return {
    observedGeneration: service.metadata.generation,
    conditions: mergeConditions(conditions, context),
    state,
    summary: `${counts.running}/${counts.desired} (${counts.completed}/${counts.completions} completed)`,
    message,
    replicas: counts.active,
    desired: counts.desired,
    ready: counts.running,
    updated: counts.updated,
    available: counts.running,
    unknown: counts.unknown,
    specHash: input.specHash,
    selector: `dswarm/service=${service.metadata.name}`,
    ...(input.iteration.isGuess === true ? {} : { job: describeIteration(input, counts, state === 'Complete') }),
    ...reachStatus(input),
    ...(input.plan.refusals === undefined ? {} : { refusals: input.plan.refusals }),
  };
}

function describeIteration({ service, iteration, now }: JobStatusInput, counts: Counts, isComplete: boolean): JobStatus {
  const before = iteration.isNew ? {} : (service.status?.job ?? {});
  return {
    iteration: iteration.number,
    lastExecution: before.lastExecution ?? isoTime(now),
    ...(isComplete ? { completedAt: before.completedAt ?? isoTime(now) } : {}),
    completions: counts.completions,
    completed: counts.completed,
    failed: counts.failed,
  };
}

function countTasks({ service, specHash, tasks, plan }: JobStatusInput): Counts {
  const wanted = new Set(plan.wanted);
  const own = { specHash, serviceUid: service.metadata.uid };
  const current = tasks.filter((task) => isOfIteration(task, own) && wanted.has(task.spec.slot));
  const over = new Set(plan.ended.map(({ task }) => task));
  const left = current.filter(({ name }) => !over.has(name));
  const slots = (phases: readonly string[]): number =>
    new Set(left.filter(({ phase }) => phases.includes(phase)).map(({ spec }) => spec.slot)).size;
  const [completions, completed, failed] = [plan.wanted.length, slots(['complete']), plan.ended.length];
  const toComplete = Math.max(0, completions - completed - failed);
  return {
    completions,
    completed,
    failed,
    desired: service.spec.mode === 'replicated-job' ? Math.min(concurrencyOf(service.spec), toComplete) : toComplete,
    running: slots(['running']),
    active: left.filter(({ phase }) => !['complete', 'failed', 'rejected', 'gone', 'unassigned', 'orphaned'].includes(phase)).length,
    unknown: slots(['unknown']),
    updated: new Set(current.map(({ spec }) => spec.slot)).size,
  };
}

function judge(input: JobStatusInput, counts: Counts): Verdict {
  const failed = counts.failed === 0 ? '' : `, ${counts.failed} failed`;
  const tally = `${counts.completed} of ${counts.completions} completed, ${counts.running} running${failed}`;
  const held = heldVerdict(input, tally);
  if (held !== undefined) return unfinished(held);
  return overVerdict(input, counts, tally) ?? unfinished(stalledVerdict(input, counts, tally) ?? goingVerdict(input, counts, tally));
}

/** All slots have completed or have failed for good. */
function overVerdict(input: JobStatusInput, counts: Counts, tally: string): Verdict | undefined {
  const { plan, busySlots } = input;
  const isIdle = plan.chains.length === 0 && busySlots === 0 && hasNoWaits(input) && counts.active === 0;
  if (!isIdle || counts.completed + counts.failed < counts.completions || !hasSlots(input)) return undefined;
  if (counts.failed === 0) return withCondition(verdict('Complete', 'True', 'Completed', tally), 'Complete', 'True');
  const failing = failingVerdict(input, tally) ?? verdict('Failed', 'False', 'TaskFailed', tally);
  return withCondition(unfinished(stalled({ ...failing, state: 'Failed' })), 'Failed', 'True');
}

/** That a controller which begins has not heard of every node yet does not undo what was over. */
function hasNoWaits({ service, iteration, plan }: JobStatusInput): boolean {
  const { state } = service.status ?? {};
  const wasOver = !iteration.isNew && (state === 'Complete' || state === 'Failed');
  return wasOver ? plan.waiting.every(({ reason }) => reason === SETTLING) : plan.waiting.length === 0;
}

/** It gets no further as it is. */
function stalledVerdict(input: JobStatusInput, counts: Counts, tally: string): Verdict | undefined {
  const failing = failingVerdict({ ...input, plan: { ...input.plan, ended: [] } }, tally);
  if (failing !== undefined) return stalled(failing);
  const blocked = whyBlocked(input);
  if (blocked === undefined || input.busySlots > 0 || counts.running > 0) return undefined;
  return stalled(verdict('Pending', 'False', 'NoSuitableNode', `${tally}; ${blocked}`));
}

function goingVerdict(input: JobStatusInput, counts: Counts, tally: string): Verdict {
  if (counts.unknown > 0 && counts.unknown === counts.active)
    return verdict('Unknown', 'Unknown', 'NodeUnreachable', `${tally}; ${counts.unknown} on nodes that cannot be reached`);
  const blocked = whyBlocked(input);
  return progressing(verdict('Running', 'False', 'JobRunning', blocked === undefined ? tally : `${tally}; ${blocked}`));
}

const whyBlocked = (input: JobStatusInput): string | undefined =>
  input.plan.waiting.find((wait) => wait.reason.startsWith('no suitable node'))?.reason ?? (hasSlots(input) ? undefined : NO_NODE);

const NO_NODE = 'no node to run on';

/** A global job without a node has nothing to do yet, and is not done. */
const hasSlots = ({ service, plan }: JobStatusInput): boolean => service.spec.mode === 'replicated-job' || plan.wanted.length > 0;

function unfinished(base: Verdict): Verdict {
  return withCondition(base, 'Complete', 'False');
}

function withCondition(base: Verdict, type: ConditionInput['type'], status: ConditionInput['status']): Verdict {
  const reason = base.conditions[0]?.reason ?? 'Unknown';
  return { ...base, conditions: [...base.conditions, { type, status, reason, message: base.message }] };
}
