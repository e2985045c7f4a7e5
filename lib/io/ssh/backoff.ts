/** Why the last attempt failed: after failed authentication one goes slowly, as hosts ban who hammers (fault 64). */
export type FailureKind = 'network' | 'auth';

const FIRST = 500;
const MOST = 30_000;
/** At most three attempts a minute. */
const AUTH = 20_000;

/**
 * Milliseconds to wait before the next attempt. `attempt` counts failures in a row from 1; `random` in [0, 1) spreads the attempts of many
 * hosts over the upper half of the delay, so that they do not come all at once (MaxStartups, fault 66).
 */
export function backoffDelay(attempt: number, kind: FailureKind, random: number): number {
  if (kind === 'auth') return AUTH * (1 + 0.5 * random);
  const full = Math.min(MOST, FIRST * 2 ** Math.min(attempt - 1, 16));
  return full * (0.5 + 0.5 * random);
}
