import { Cron } from 'croner';

/** When a CronJob runs. */
export interface Schedule {
  /** Five fields (minute, hour, day of month, month, day of week), or six with seconds before them, or a nickname such as `@hourly`. */
  pattern: string;
  /** Name of the IANA database: `Europe/Madrid`. */
  timeZone: string;
}

const MINUTE_MS = 60_000;

/** Why no time can be told from the schedule, in one sentence; undefined: it is sound and has a next time after `now` (ms). */
export function scheduleProblem(schedule: Schedule, now: number): string | undefined {
  if (!isTimeZone(schedule.timeZone)) return `no such time zone: ${schedule.timeZone}`;
  try {
    return nextTime(schedule, now) === undefined ? 'no time ever matches it' : undefined;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).replace(/^CronPattern: /, '');
  }
}

/**
 * The first time after `after`, both in milliseconds since the epoch; undefined: none. Where clocks go forward, a fixed time that is left
 * out comes as soon as the hour is over; where they go back, a fixed time that comes twice runs once (Debian's cron does the same).
 * Throws croner's error where the pattern is not one.
 */
export function nextTime(schedule: Schedule, after: number): number | undefined {
  return read(schedule).nextRun(new Date(after))?.getTime();
}

/** The last time that is not after `now`; undefined: none. */
export function lastTime(schedule: Schedule, now: number): number | undefined {
  const cron = read(schedule);
  const [before] = cron.previousRuns(1, new Date(now));
  const from = before ?? new Date(now - MINUTE_MS);
  const next = cron.nextRun(from)?.getTime();
  return next !== undefined && next <= now ? next : before?.getTime();
}

/** Whether it tells seconds. */
export function hasSeconds({ pattern }: Schedule): boolean {
  return pattern.trim().split(/\s+/).length === 6;
}

function read({ pattern, timeZone }: Schedule): Cron {
  return new Cron(pattern, { timezone: timeZone, mode: '5-or-6-parts', paused: true });
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
