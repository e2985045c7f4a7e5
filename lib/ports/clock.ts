/** Time as a port, so that tests turn the clock instead of waiting for it. */
export interface Clock {
  /** Milliseconds since the epoch: for timestamps that people read. */
  now(): number;
  /** Milliseconds on a clock that never jumps: for durations and deadlines. */
  monotonic(): number;
  /** Calls once after so many milliseconds; the result cancels. */
  after(ms: number, call: () => void): () => void;
}

/** Waits on the given clock; rejects with the signal's reason when it aborts. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason as Error);
    const abort = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}
