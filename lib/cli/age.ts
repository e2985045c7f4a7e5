const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A time span in at most two units, with the thresholds of Kubernetes' duration.HumanDuration. */
export function humanDuration(ms: number): string {
  if (ms < 0) return '0s';
  if (ms < 2 * MINUTE) return `${Math.floor(ms / SECOND)}s`;
  if (ms < 10 * MINUTE) return twoUnits(ms, { unit: MINUTE, name: 'm' }, { unit: SECOND, name: 's' });
  if (ms < 3 * HOUR) return `${Math.floor(ms / MINUTE)}m`;
  if (ms < 8 * HOUR) return twoUnits(ms, { unit: HOUR, name: 'h' }, { unit: MINUTE, name: 'm' });
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)}h`;
  if (ms < 8 * DAY) return twoUnits(ms, { unit: DAY, name: 'd' }, { unit: HOUR, name: 'h' });
  if (ms < 2 * 365 * DAY) return `${Math.floor(ms / DAY)}d`;
  return twoUnits(ms, { unit: 365 * DAY, name: 'y' }, { unit: DAY, name: 'd' });
}

interface Unit {
  unit: number;
  name: string;
}

function twoUnits(ms: number, large: Unit, small: Unit): string {
  const rest = Math.floor((ms % large.unit) / small.unit);
  return `${Math.floor(ms / large.unit)}${large.name}${rest === 0 ? '' : `${rest}${small.name}`}`;
}

/** How long ago an RFC 3339 time was. */
export function ageOf(timestamp: string | null | undefined, now: number): string {
  const then = Date.parse(timestamp ?? '');
  return Number.isNaN(then) ? '<unknown>' : humanDuration(now - then);
}
