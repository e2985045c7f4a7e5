import type { Clock } from '../ports/clock.ts';

/** Calls that come later, unless they are no longer of use by then: what waits must not keep a process that ends. */
export class DelayedCalls {
  readonly #clock: Clock;
  readonly #cancels = new Set<() => void>();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** In so many milliseconds; never, where it is closed by then. */
  after(ms: number, call: () => void): void {
    if (this.#isClosed) return;
    const cancel = this.#clock.after(ms, () => {
      this.#cancels.delete(cancel);
      call();
    });
    this.#cancels.add(cancel);
  }

  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }
}
