import { usage } from './resources.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A flag's duration such as 30s, 1m30s or 0 in milliseconds; a bare number counts seconds, a negative one means a week (as in kubectl). */
export function parseTimeout(text: string): number {
  if (text.startsWith('-')) return 7 * 86_400_000;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) {
    return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)].reduce(
      (sum, [, number, unit]) => sum + Number(number) * (UNITS[unit ?? ''] ?? 0),
      0,
    );
  }
  throw usage(`${JSON.stringify(text)} is not a duration`, 'Write it as 30s, 5m or 1h.');
}
