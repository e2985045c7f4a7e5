const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

interface Unit {
  ms: number;
  name: string;
}

const seconds: Unit = { ms: SECOND, name: 's' };
const minutes: Unit = { ms: MINUTE, name: 'm' };
const hours: Unit = { ms: HOUR, name: 'h' };
const days: Unit = { ms: DAY, name: 'd' };
const years: Unit = { ms: YEAR, name: 'y' };

/** Below each bound: in which units (Kubernetes' duration.HumanDuration). */
const STEPS: readonly { below: number; units: readonly [Unit, Unit?] }[] = [
  { below: 2 * MINUTE, units: [seconds] },
  { below: 10 * MINUTE, units: [minutes, seconds] },
  { below: 3 * HOUR, units: [minutes] },
  { below: 8 * HOUR, units: [hours, minutes] },
  { below: 2 * DAY, units: [hours] },
  { below: 8 * DAY, units: [days, hours] },
  { below: 2 * YEAR, units: [days] },
  { below: Number.POSITIVE_INFINITY, units: [years, days] },
];

/** How long ago an RFC 3339 time was: 45s, 5m30s, 3h, 12d. */
export function ageOf(timestamp: unknown, now: number): string {
  const then = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN;
  if (Number.isNaN(then)) return '<unknown>';
  const span = Math.max(0, now - then);
  const [first, second] = (STEPS.find((step) => span < step.below) as (typeof STEPS)[number]).units;
  const rest = second === undefined ? 0 : Math.floor((span % first.ms) / second.ms);
  return `${Math.floor(span / first.ms)}${first.name}${rest === 0 ? '' : `${rest}${second?.name ?? ''}`}`;
}
