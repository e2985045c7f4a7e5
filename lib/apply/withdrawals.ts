import type { Step } from '../plan/step.ts';
import type { Serving } from '../ports/serving.ts';
import type { DelayedCalls } from './delayed-calls.ts';

/** The tasks that one chain has withdrawn. */
export class Withdrawals {
  readonly #serving: Serving | undefined;
  readonly #later: DelayedCalls;
  /** By task, with the milliseconds that it may take to end once it was told to. */
  readonly #tasks = new Map<string, { key: string; ending: number }>();

  constructor(serving: Serving | undefined, later: DelayedCalls) {
    this.#serving = serving;
    this.#later = later;
  }

  /** A step is about to run. */
  begins(step: Step): void {
    if (step.op === 'withdraw') this.#tasks.set(step.task, { key: `${step.namespace}/${step.task}`, ending: 0 });
    const told = step.op === 'stop' ? this.#tasks.get(step.task) : undefined;
    if (told !== undefined && step.op === 'stop') told.ending = step.graceSeconds * 1000;
  }

  /**
   * The chain has ended and its nodes were read again: what it stopped is not served any more, what it left alone is again. A task whose
   * stop failed may have been told to end all the same, and takes no connections before its grace period is over.
   */
  end(failed: boolean): void {
    for (const { key, ending } of this.#tasks.values()) {
      if (failed && ending > 0) this.#later.after(ending, () => this.#serving?.restore(key));
      else this.#serving?.restore(key);
    }
  }
}
