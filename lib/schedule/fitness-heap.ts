/** How fit a node is, the smaller the fitter: by `major`, then by `minor` (from which its rank is read). */
export interface Fitness {
  major: number;
  minor: number;
}

export function isFitter(a: Fitness, b: Fitness): boolean {
  return a.major < b.major || (a.major === b.major && a.minor < b.minor);
}

/** Binary heap, the fittest on top. */
export class FitnessHeap {
  readonly #items: Fitness[] = [];

  get top(): Fitness | undefined {
    return this.#items[0];
  }

  push(item: Fitness): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      const above = items[parent] as Fitness;
      if (!isFitter(item, above)) break;
      items[at] = above;
      at = parent;
    }
    items[at] = item;
  }

  pop(): void {
    const items = this.#items;
    const last = items.pop();
    if (last !== undefined && items.length > 0) this.#sink(last);
  }

  #sink(item: Fitness): void {
    const items = this.#items;
    const { length } = items;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && isFitter(items[child + 1] as Fitness, items[child] as Fitness)) child += 1;
      if (!isFitter(items[child] as Fitness, item)) break;
      items[at] = items[child] as Fitness;
      at = child;
    }
    items[at] = item;
  }
}
