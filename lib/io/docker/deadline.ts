import { DswarmError } from '../../errors/error.ts';
import type { Clock } from '../../ports/clock.ts';

export interface DeadlineOptions {
  clock: Clock;
  ms: number;
  /** The host and what was asked for, for the message. */
  where: string;
  what: string;
  /** Ends the call early, too. */
  signal?: AbortSignal | undefined;
}

/** Runs a call with a deadline: the call's signal aborts, and the caller is told even if the call never settles. */
export function withDeadline<T>(options: DeadlineOptions, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(error);
      controller.abort(error);
    };
    const abort = (): void => {
      fail(options.signal?.reason as Error);
    };
    const cancel = options.clock.after(options.ms, () => {
      fail(
        new DswarmError('DSW_DOCKER_TIMEOUT', `${options.what}: no answer within ${String(options.ms / 1000)} s`, { where: options.where }),
      );
    });
    if (options.signal?.aborted === true) abort();
    else options.signal?.addEventListener('abort', abort, { once: true });
    const done = (): void => {
      cancel();
      options.signal?.removeEventListener('abort', abort);
    };
    call(controller.signal).then(resolve, reject).finally(done).catch(reject);
  });
}
