import type { Clock } from '../../lib/ports/clock.ts';

interface Timer {
  at: number;
  order: number;
  call: () => void;
}

/** A clock that tests turn. All promises that a timer settles have run on before the next timer fires. */
export class FakeClock implements Clock {
  #monotonic = 0;
  #wall: number;
  #order = 0;
  readonly #timers = new Set<Timer>();

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#wall = now;
  }

  now(): number {
    return this.#wall + this.#monotonic;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.#monotonic + Math.max(0, ms), order: (this.#order += 1), call };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Timers not yet fired: a test can show that nothing was left behind. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Lets everything that is due without time passing run: promises, ticks, immediates. */
  async flush(): Promise<void> {
    for (let round = 0; round < 3; round += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await this.flush();
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#fire(timer);
      await this.flush();
    }
    this.#monotonic = end;
  }

  /** Turns the clock from timer to timer until the condition holds; returns how many milliseconds that took. */
  async until(condition: () => boolean, limit = 60_000): Promise<number> {
    const start = this.#monotonic;
    await this.flush();
    while (!condition()) {
      const timer = this.#next(start + limit);
      if (timer === undefined) throw new Error(`still not so after ${String(limit)} ms on the fake clock`);
      this.#fire(timer);
      await this.flush();
    }
    return this.#monotonic - start;
  }

  /** Jumps the wall clock only, as NTP or a person does. */
  setWall(by: number): void {
    this.#wall += by;
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at > end) continue;
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) first = timer;
    }
    return first;
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    this.#monotonic = Math.max(this.#monotonic, timer.at);
    timer.call();
  }
}
