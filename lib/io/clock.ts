import type { Clock } from '../ports/clock.ts';

/** Longest delay that setTimeout takes; anything above fires at once. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/** The machine's own clock. Timers keep the process alive: whoever starts one cancels it when it stops. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, Math.min(Math.max(ms, 0), MAX_TIMEOUT));
    return () => clearTimeout(timer);
  },
};
