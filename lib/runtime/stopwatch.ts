import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';

interface Lap {
  generation: number;
  /** Monotonic ms. */
  began: number;
}

export interface Progress {
  generation: number;
  /** The generation that the last status was made from. */
  observedGeneration: number | undefined;
  isReady: boolean;
}

/** Measures from the first pass over a changed spec to the pass that finds all of its tasks running. */
export class Stopwatch {
  readonly #laps = new Map<string, Lap>();
  readonly #clock: Clock;
  readonly #metrics: Metrics;

  constructor(clock: Clock, metrics: Metrics) {
    this.#clock = clock;
    this.#metrics = metrics;
  }

  saw(key: string, { generation, observedGeneration, isReady }: Progress): void {
    const lap = this.#laps.get(key);
    if (generation !== observedGeneration && lap?.generation !== generation)
      this.#laps.set(key, { generation, began: this.#clock.monotonic() });
    const running = this.#laps.get(key);
    if (!isReady || running === undefined) return;
    this.#laps.delete(key);
    this.#metrics.observe('dswarm_time_to_running_seconds', (this.#clock.monotonic() - running.began) / 1000);
  }

  forget(key: string): void {
    this.#laps.delete(key);
  }
}
