import { FakeIds } from '../fakes/ids.ts';

/** All chance of a simulation comes from its seed. */
export class Dice {
  readonly #ids: FakeIds;

  constructor(seed: number) {
    this.#ids = new FakeIds(seed);
  }

  chance(probability: number): boolean {
    return this.#ids.random() < probability;
  }

  /** A whole number from low to high, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.#ids.random() * (high - low + 1));
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.#ids.random() * list.length)];
  }

  /** Another seed, so that one part's draws do not shift those of another. */
  fork(): number {
    return this.between(1, 2 ** 30);
  }
}
