export interface BackoffOptions {
  /** Milliseconds before the first retry. */
  initialMs: number;
  maxMs: number;
  /** Share of the delay that is random, 0..1: many that failed together do not come back together. */
  jitter: number;
}

/** Milliseconds before retry number `attempt` (from 1); doubles each time up to the maximum. `random` is in [0, 1). */
export function backoffDelay(attempt: number, options: BackoffOptions, random: number): number {
  const full = Math.min(options.maxMs, options.initialMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full * (1 - options.jitter * random));
}
