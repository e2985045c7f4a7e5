import { lastTime, nextTime, type Schedule } from './schedule.ts';

/** More missed times than this are not counted (Kubernetes: the CronJob controller, 100). */
export const MOST_MISSED = 100;

export interface DueInput {
  schedule: Schedule;
  /** The last time that was served, or when the CronJob was made; ms since the epoch, as all times here. */
  since: number;
  now: number;
  /** A run may start so late; undefined: however late. */
  startingDeadlineMs: number | undefined;
}

export interface Due {
  /** The time to be served now: of all that were missed only the latest. */
  time: number | undefined;
  /** Times that passed and are not served: at most MOST_MISSED + 1 are counted. */
  missed: number;
  /** When to look again; undefined: never. */
  next: number | undefined;
}

/**
 * What a schedule asks for now (Kubernetes: mostRecentScheduleTime and startingDeadlineSeconds). Times up to `since` are never asked for
 * again, wherever the clock jumps; a clock that went back waits until it has passed `since` again.
 */
export function dueRun(input: DueInput): Due {
  const { schedule, since, now } = input;
  const next = nextTime(schedule, Math.max(now, since));
  const latest = lastTime(schedule, now);
  if (latest === undefined || latest <= since) return { time: undefined, missed: 0, next };
  const passed = countTimes(schedule, since, latest);
  const isLate = input.startingDeadlineMs !== undefined && now - latest > input.startingDeadlineMs;
  return isLate ? { time: undefined, missed: passed, next } : { time: latest, missed: passed - 1, next };
}

/** Times after `from` up to and with `to`. */
function countTimes(schedule: Schedule, from: number, to: number): number {
  let count = 0;
  for (let time = nextTime(schedule, from); time !== undefined && time <= to && count <= MOST_MISSED; time = nextTime(schedule, time)) {
    count += 1;
  }
  return Math.max(1, count);
}
