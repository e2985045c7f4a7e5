import type { Clock } from '../lib/ports/clock.ts';

/** RFC 3339 in UTC, to the second as in Kubernetes. */
export function timestamp(clock: Clock): string {
  return new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
}
