import { hasSeconds, type Schedule } from './schedule.ts';

/** A Service that a CronJob made. */
export interface Run {
  name: string;
  /** The time it was made for; ms since the epoch. */
  time: number;
  state: 'active' | 'complete' | 'failed';
}

export type ConcurrencyPolicy = 'Allow' | 'Forbid' | 'Replace';

export interface RunDecision {
  start: boolean;
  /** Names of the Services that go to make room. */
  replace: string[];
}

/** What a due time leads to beside the runs that are still active (Kubernetes: concurrencyPolicy). */
export function decideRun(policy: ConcurrencyPolicy, runs: readonly Run[]): RunDecision {
  const active = runs.filter((run) => run.state === 'active').map((run) => run.name);
  switch (policy) {
    case 'Allow':
      return { start: true, replace: [] };
    case 'Forbid':
      return { start: active.length === 0, replace: [] };
    case 'Replace':
      return { start: true, replace: active };
  }
}

/** The same time has the same name, so that a second start collides (invariant 6): minutes since the epoch, or seconds where those count. */
export function runName(cronJob: string, schedule: Schedule, time: number): string {
  return `${cronJob}-${Math.floor(time / (hasSeconds(schedule) ? 1_000 : 60_000))}`;
}

export interface HistoryLimits {
  successful: number;
  failed: number;
}

/** Names of the ended runs beyond the limits, the oldest ones of each sort. */
export function surplusRuns(runs: readonly Run[], limits: HistoryLimits): string[] {
  const newestFirst = [...runs].sort((a, b) => b.time - a.time || (a.name < b.name ? -1 : 1));
  const complete = newestFirst.filter((run) => run.state === 'complete').slice(limits.successful);
  const failed = newestFirst.filter((run) => run.state === 'failed').slice(limits.failed);
  return [...complete, ...failed].map((run) => run.name);
}
