import type { Clock } from '../ports/clock.ts';

export interface AcknowledgementsOptions {
  clock: Clock;
  /** Milliseconds that a withdrawal waits at most. */
  limitMs: number;
}

interface Waiter {
  revision: number;
  done: () => void;
  cancel: () => void;
}

/**
 * Who is in the tables and who waits for it, in both directions. Revisions count what the cluster serves; what all nodes that answer have
 * acknowledged is told from outside. Tasks are named NAMESPACE/NAME.
 */
export class Acknowledgements {
  readonly #options: AcknowledgementsOptions;
  /** Tasks that get no new connections, and how many want it so. */
  readonly #withdrawn = new Map<string, number>();
  /** Served tasks, by the revision that brought them in. */
  readonly #entering = new Map<string, number>();
  readonly #entered = new Set<string>();
  readonly #waiters = new Set<Waiter>();

  constructor(options: AcknowledgementsOptions) {
    this.#options = options;
  }

  get withdrawn(): ReadonlySet<string> {
    return new Set(this.#withdrawn.keys());
  }

  withdraw(task: string): void {
    this.#withdrawn.set(task, (this.#withdrawn.get(task) ?? 0) + 1);
  }

  restore(task: string): void {
    const count = (this.#withdrawn.get(task) ?? 0) - 1;
    if (count > 0) this.#withdrawn.set(task, count);
    else this.#withdrawn.delete(task);
  }

  /** What a revision brings in, which waits for its acknowledgement, and what it takes out. */
  serves(revision: number, come: Iterable<{ key: string }>, gone: Iterable<{ key: string }>): void {
    for (const { key } of gone) {
      this.#entering.delete(key);
      this.#entered.delete(key);
    }
    for (const { key } of come) if (!this.#entered.has(key)) this.#entering.set(key, revision);
  }

  /** Whether all nodes that answer lead to the task. */
  hasEntered(task: string): boolean {
    return this.#entered.has(task);
  }

  /** Resolves once the revision is acknowledged, or the limit is over. */
  reached(revision: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiters.delete(waiter);
        waiter.cancel();
        resolve();
      };
      const waiter: Waiter = { revision, done, cancel: this.#options.clock.after(this.#options.limitMs, () => done()) };
      this.#waiters.add(waiter);
    });
  }

  /** Every node that is waited for has acknowledged the revision. Gives the tasks that have entered by it. */
  acknowledged(revision: number): string[] {
    for (const waiter of [...this.#waiters]) if (waiter.revision <= revision) waiter.done();
    const entered = [...this.#entering].flatMap(([task, since]) => (since <= revision ? [task] : []));
    for (const task of entered) {
      this.#entering.delete(task);
      this.#entered.add(task);
    }
    return entered;
  }

  /** Nobody is waited for any more. */
  close(): void {
    for (const waiter of [...this.#waiters]) waiter.done();
  }

  /** Whether anybody waits. */
  get isWaiting(): boolean {
    return this.#waiters.size > 0 || this.#entering.size > 0;
  }
}
