import { mergeConditions, type ConditionInput } from '../conditions/conditions.ts';
import { parseDuration } from '../manifest/duration.ts';
import type { CronJobStatus } from '../types/generated.ts';
import type { StoredCronJob } from '../types/objects.ts';
import { isoTime, parseIsoTime } from '../types/time.ts';
import { dueRun, type Due } from './due.ts';
import { decideRun, runName, surplusRuns, type Run } from './runs.ts';
import type { Schedule } from './schedule.ts';

export interface CronInput {
  cronJob: StoredCronJob;
  /** Its own. */
  runs: readonly Run[];
  /** Whether a Service of that name exists that is no run of this CronJob. */
  isTaken: (name: string) => boolean;
  /** Milliseconds since the epoch, as all times here. */
  now: number;
}

export interface CronPlan {
  /** The run to begin. */
  start?: { name: string; time: number };
  /** Names of runs to remove, and why. */
  remove: { name: string; why: 'Replaced' | 'HistoryLimit' }[];
  /** Times that passed and are not made up for. */
  missed: number;
  /** Why a run that is due does not begin, where a person has to act. */
  problem?: string;
  /** When to look again; undefined: never. */
  next: number | undefined;
  /** From when on times count. */
  since: number;
}

/** What a CronJob leads to now (Kubernetes: the CronJob controller). The same input gives the same plan (invariant 1). */
export function planCronJob(input: CronInput): CronPlan {
  const { cronJob, runs } = input;
  const { spec } = cronJob;
  const old = surplusRuns(runs, { successful: spec.successfulJobsHistoryLimit, failed: spec.failedJobsHistoryLimit });
  const remove = old.map((name) => ({ name, why: 'HistoryLimit' as const }));
  const since = countsFrom(input);
  if (spec.suspend) return { remove, missed: 0, next: undefined, since };
  const deadline = spec.startingDeadline === undefined ? undefined : parseDuration(spec.startingDeadline);
  const due = dueRun({ schedule: scheduleOf(cronJob), since: servedUpTo(input, since), now: input.now, startingDeadlineMs: deadline });
  const base = { remove, missed: 0, next: due.next, since };
  // Too late for good: told once, and not looked at again.
  if (due.time === undefined) return due.missed > 0 ? { ...base, missed: due.missed, since: input.now } : base;
  const { replace = [], ...begun } = begin(input, due, due.time);
  return { ...base, ...begun, remove: [...remove, ...replace] };
}

type Begin = Partial<Pick<CronPlan, 'start' | 'missed' | 'problem' | 'since'>> & { replace?: CronPlan['remove'] };

function begin({ cronJob, runs, isTaken }: CronInput, { missed }: Due, time: number): Begin {
  const name = runName(cronJob.metadata.name, scheduleOf(cronJob), time);
  if (runs.some((run) => run.name === name)) return { since: time };
  const { start, replace } = decideRun(cronJob.spec.concurrencyPolicy, runs);
  if (!start) return {};
  if (isTaken(name)) return { problem: `a service named ${name} exists already, and is no run of this CronJob` };
  return { replace: replace.map((each) => ({ name: each, why: 'Replaced' })), missed, start: { name, time } };
}

export function scheduleOf({ spec }: StoredCronJob): Schedule {
  return { pattern: spec.schedule, timeZone: spec.timeZone };
}

const scheduleText = ({ spec }: StoredCronJob): string => `${spec.timeZone} ${spec.schedule}`;

/** Times before the schedule came are not asked for: neither those before the CronJob was made, nor those before it was changed. */
function countsFrom({ cronJob, now }: CronInput): number {
  const { status, metadata } = cronJob;
  if (status?.schedule === undefined) return parseIsoTime(metadata.creationTimestamp) ?? now;
  return status.schedule === scheduleText(cronJob) ? (timeOf(status.scheduledSince) ?? now) : now;
}

function servedUpTo({ cronJob }: CronInput, since: number): number {
  return Math.max(since, timeOf(cronJob.status?.lastScheduleTime) ?? 0);
}

const timeOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : parseIsoTime(text));

export interface CronStatusInput extends CronInput {
  plan: CronPlan;
}

/** The one status of a CronJob, as it is once the plan is carried out (invariant 14). */
export function cronJobStatus({ cronJob, runs, plan, now }: CronStatusInput): CronJobStatus {
  const gone = new Set(plan.remove.map(({ name }) => name));
  const started: Run[] = plan.start === undefined ? [] : [{ ...plan.start, state: 'active' }];
  const left = [...runs.filter(({ name }) => !gone.has(name) && name !== plan.start?.name), ...started].sort((a, b) => b.time - a.time);
  const active = left.filter(({ state }) => state === 'active').length;
  const before = cronJob.status ?? {};
  const last = plan.start === undefined ? before.lastScheduleTime : isoTime(plan.start.time);
  const isDone = newlyEnded(runs, before).some(({ state }) => state === 'complete');
  const successful = isDone ? isoTime(now) : before.lastSuccessfulTime;
  const verdict = judge(cronJob, plan, active);
  const context = { previous: before.conditions, now: isoTime(now), generation: cronJob.metadata.generation };
  return {
    observedGeneration: cronJob.metadata.generation,
    conditions: mergeConditions(verdict.conditions, context),
    state: verdict.state,
    message: verdict.message,
    active,
    ...(last === undefined ? {} : { lastScheduleTime: last }),
    ...(successful === undefined ? {} : { lastSuccessfulTime: successful }),
    ...(plan.next === undefined ? {} : { nextScheduleTime: isoTime(plan.next) }),
    schedule: scheduleText(cronJob),
    scheduledSince: isoTime(plan.since),
    runs: left.map(({ name, time, state }) => ({ name, scheduledAt: isoTime(time), state })),
  };
}

/** Runs that have ended since the status was written. */
export function newlyEnded(runs: readonly Run[], { runs: before = [] }: CronJobStatus): Run[] {
  const ended = new Set(before.filter(({ state }) => state !== 'active').map(({ name }) => name));
  return runs.filter(({ name, state }) => state !== 'active' && !ended.has(name));
}

interface Verdict {
  state: string;
  message: string;
  conditions: ConditionInput[];
}

function judge({ spec }: StoredCronJob, plan: CronPlan, active: number): Verdict {
  const tally = active === 1 ? '1 run goes on' : `${active} runs go on`;
  if (spec.suspend) return verdict('Suspended', 'Unknown', `suspended: no runs begin; ${tally}`);
  if (plan.problem !== undefined) {
    const { conditions, ...stalled } = verdict('Stalled', 'False', plan.problem);
    return { ...stalled, conditions: [...conditions, { type: 'Stalled', status: 'True', reason: 'RunRefused', message: plan.problem }] };
  }
  return verdict('Scheduled', 'True', plan.next === undefined ? tally : `next run at ${isoTime(plan.next)}; ${tally}`);
}

function verdict(state: string, ready: ConditionInput['status'], message: string): Verdict {
  return { state, message, conditions: [{ type: 'Ready', status: ready, reason: state === 'Stalled' ? 'RunRefused' : state, message }] };
}
