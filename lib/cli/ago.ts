const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Below each bound: what one of them is called, how many milliseconds it has, and the word for several. */
const STEPS: readonly { below: number; one?: string; ms: number; many: string }[] = [
  { below: SECOND, one: 'less than a second', ms: SECOND, many: 'seconds' },
  { below: MINUTE, one: '1 second', ms: SECOND, many: 'seconds' },
  { below: HOUR, one: 'about a minute', ms: MINUTE, many: 'minutes' },
  { below: 2 * DAY, one: 'about an hour', ms: HOUR, many: 'hours' },
  { below: 14 * DAY, ms: DAY, many: 'days' },
  { below: 60 * DAY, ms: 7 * DAY, many: 'weeks' },
  { below: 730 * DAY, ms: 30 * DAY, many: 'months' },
  { below: Number.POSITIVE_INFINITY, ms: 365 * DAY, many: 'years' },
];

/** How long ago an RFC 3339 time was, in the words of the docker command: `5 seconds ago`, `about an hour ago`; undefined: no time. */
export function wordsAgo(timestamp: string | undefined, now: number): string | undefined {
  const then = timestamp === undefined ? Number.NaN : Date.parse(timestamp);
  if (Number.isNaN(then)) return undefined;
  const span = Math.max(0, now - then);
  const step = STEPS.find(({ below }) => span < below) as (typeof STEPS)[number];
  const count = Math.floor(span / step.ms);
  return `${count <= 1 && step.one !== undefined ? step.one : `${count} ${step.many}`} ago`;
}
