import type { Clock } from '../../lib/ports/clock.ts';

/** So long after a fault is over it may still show, ms: a call that was under way reaches its deadline, and one relist finds what it did. */
export const GRACE_MS = 30_000;

/** What injected faults reach: the hosts that they hit and the slots whose tasks they took, until a while after they are over. */
export class Reach {
  readonly #clock: Clock;
  /** Faults that last, by host. */
  readonly #lasting = new Map<string, number>();
  /** Until when each host or slot is within reach, monotonic ms. */
  readonly #until = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether no fault has reached anything yet. */
  get isUntouched(): boolean {
    return this.#lasting.size + this.#until.size === 0;
  }

  begins(node: string): void {
    this.#lasting.set(node, (this.#lasting.get(node) ?? 0) + 1);
  }

  ends(node: string): void {
    this.#lasting.set(node, (this.#lasting.get(node) ?? 0) - 1);
    this.hits(node);
  }

  /** Something happens to a host, or to `SERVICE/SLOT`, within so many ms. */
  hits(subject: string, ms = 0): void {
    this.#until.set(subject, Math.max(this.#until.get(subject) ?? 0, this.#clock.monotonic() + ms + GRACE_MS));
  }

  has(subject: string): boolean {
    return (this.#lasting.get(subject) ?? 0) > 0 || (this.#until.get(subject) ?? 0) > this.#clock.monotonic();
  }
}
