import { DswarmError } from '../../errors/error.ts';
import type { StoreEvent } from '../../ports/store.ts';

/** The last events, whole revisions at a time, for watchers that resume. */
export class History {
  readonly #capacity: number;
  #events: StoreEvent[] = [];
  /** Events up to this revision are not kept. */
  #floor: number;
  #revision: number;

  constructor(capacity: number, revision: number) {
    this.#capacity = capacity;
    this.#floor = revision;
    this.#revision = revision;
  }

  add(event: StoreEvent): void {
    this.#events.push(event);
    this.#revision = event.revision;
    // Cut in one go once it is twice too long, instead of shifting with every event.
    if (this.#events.length <= 2 * this.#capacity) return;
    const cut = this.#events.at(-this.#capacity - 1)?.revision ?? 0;
    this.#events = this.#events.filter((event) => event.revision > cut);
    this.#floor = cut;
  }

  after(revision: number): readonly StoreEvent[] | DswarmError {
    if (revision < this.#floor || revision > this.#revision) {
      const message = `revision ${revision} is not in the history, which covers ${this.#floor} to ${this.#revision}`;
      return new DswarmError('DSW_STORE_EXPIRED', message);
    }
    let start = this.#events.length;
    while (start > 0 && (this.#events[start - 1]?.revision ?? 0) > revision) start -= 1;
    return this.#events.slice(start);
  }
}
