import { DswarmError } from '../errors/error.ts';

/** Milliseconds in each unit; the units of Go's time.ParseDuration, which Docker and Kubernetes use. */
const UNITS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

const WHOLE = /^(?:[0-9]+(?:\.[0-9]+)?(?:ns|us|ms|s|m|h))+$/;
const PART = /([0-9]+(?:\.[0-9]+)?)(ns|us|ms|s|m|h)/g;

/** Milliseconds of `500ms`, `10s`, `1m30s`. */
export function parseDuration(text: string): number {
  if (!WHOLE.test(text)) {
    throw new DswarmError('DSW_MANIFEST_INVALID', `not a duration: ${JSON.stringify(text)}`, {
      expected: 'a duration such as 500ms, 10s or 1m30s',
      found: JSON.stringify(text),
    });
  }
  let total = 0;
  for (const [, amount, unit] of text.matchAll(PART)) total += Number(amount) * (UNITS[unit as string] as number);
  return total;
}

/** The shortest text that parseDuration reads back as the same number, to the millisecond: `1m30s`, `0s`. */
export function formatDuration(ms: number): string {
  const rounded = Math.max(0, Math.round(ms));
  if (rounded === 0) return '0s';
  const parts = [
    [Math.floor(rounded / 3_600_000), 'h'],
    [Math.floor(rounded / 60_000) % 60, 'm'],
    [Math.floor(rounded / 1000) % 60, 's'],
    [rounded % 1000, 'ms'],
  ] as const;
  return parts
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join('');
}
