import type { TaskRestarts } from '../types/generated.ts';
import { isoMillis, parseIsoTime } from '../types/time.ts';
import type { RestartPolicy } from './policy.ts';

/** A container that ran for less than this before it ended ended at once: the engine's own measure for resetting its backoff. */
export const SHORT_RUN_MS = 10_000;

/** So often the engine restarts a container that ends at once before the controller takes over. */
export const ENGINE_RESTARTS = 5;

/** First delay of a crash loop, and the longest (Kubernetes: the kubelet's CrashLoopBackOff). */
export const BACKOFF = { firstMs: 10_000, maxMs: 300_000 };

/** A slot whose task ran for so long is stable: its next failure is the first of a new streak (Kubernetes: the kubelet, 10 minutes). */
export const STABLE_MS = 600_000;

/** Times are kept of so many restarts where no window asks for more. */
const TIMES_KEPT = 5;

const NONE: TaskRestarts = { total: 0, streak: 0, times: [] };

/** How a task ended that its slot may have to be filled for again. */
export interface EndedTask {
  /** What led to it. */
  restarts?: TaskRestarts | undefined;
  /** Milliseconds since the epoch; undefined: it never ran, or is not known. */
  startedAt?: number | undefined;
  finishedAt?: number | undefined;
  /** It has not failed: somebody took its container away. */
  wasRemoved: boolean;
}

export type RestartDecision = { kind: 'start'; startAt: number; restarts: TaskRestarts } | { kind: 'never'; reason: string };

/**
 * Whether and when the slot of a task that ended is filled again. Counted as in Swarm: per slot and spec, all of them or those in the
 * window before the end; a constant delay where one is given. Without one a second failure in a row waits, the next ones longer.
 */
export function decideRestart(ended: EndedTask, policy: RestartPolicy, now: number): RestartDecision {
  const before = ended.restarts ?? NONE;
  if (policy.condition === 'none') return { kind: 'never', reason: 'restart.condition is none' };
  const used = countAttempts(before, policy, ended.finishedAt ?? now);
  if (policy.maxAttempts > 0 && used >= policy.maxAttempts)
    return { kind: 'never', reason: `restart attempts used up: ${used} of ${policy.maxAttempts}` };
  const streak = ended.wasRemoved || wasStable(ended) ? 0 : before.streak;
  const restarts = {
    total: before.total + 1,
    streak: ended.wasRemoved ? streak : streak + 1,
    times: keepTimes([...before.times, isoMillis(now)], policy, now),
  };
  return { kind: 'start', startAt: now + delayMs(policy, ended.wasRemoved ? 0 : streak), restarts };
}

function countAttempts(before: TaskRestarts, { windowMs }: RestartPolicy, endedAt: number): number {
  if (windowMs === 0) return before.total;
  return before.times.filter((time) => (parseIsoTime(time) ?? 0) >= endedAt - windowMs).length;
}

/** Without a window the total counts, and the times are for people only; none older than the window counts any more. */
function keepTimes(times: readonly string[], { maxAttempts, windowMs }: RestartPolicy, now: number): string[] {
  if (windowMs === 0) return times.slice(-TIMES_KEPT);
  const counted = times.filter((time) => (parseIsoTime(time) ?? 0) >= now - windowMs);
  return counted.slice(-Math.max(TIMES_KEPT, maxAttempts));
}

/** Whether the wait before a task is a crash loop's backoff, and not a delay that the spec asks for or the first replacement. */
export function isBackingOff(restarts: TaskRestarts | undefined, policy: RestartPolicy): boolean {
  return policy.delayMs === undefined && (restarts?.streak ?? 0) > 1;
}

function wasStable({ startedAt, finishedAt }: EndedTask): boolean {
  return startedAt !== undefined && finishedAt !== undefined && finishedAt - startedAt >= STABLE_MS;
}

/** `streak`: failures in a row before this one. */
function delayMs(policy: RestartPolicy, streak: number): number {
  if (policy.delayMs !== undefined) return policy.delayMs;
  return streak === 0 ? 0 : Math.min(BACKOFF.maxMs, BACKOFF.firstMs * 2 ** (streak - 1));
}
