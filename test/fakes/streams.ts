/** Hands items to any number of readers, each with a queue of its own. */
export class Fanout<T> {
  readonly #readers = new Set<Reader<T>>();

  get size(): number {
    return this.#readers.size;
  }

  push(item: T): void {
    for (const reader of this.#readers) reader.push(item);
  }

  /** Ends all current readers, with an error or without. */
  end(error?: Error): void {
    for (const reader of [...this.#readers]) reader.end(error);
    this.#readers.clear();
  }

  async *read(signal?: AbortSignal, ready?: () => void): AsyncGenerator<T> {
    if (signal?.aborted === true) return;
    const reader = new Reader<T>();
    const abort = (): void => {
      reader.end();
    };
    this.#readers.add(reader);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      ready?.();
      yield* reader.items();
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#readers.delete(reader);
    }
  }
}

class Reader<T> {
  readonly #queue: T[] = [];
  #ended = false;
  #error: Error | undefined;
  #wake: () => void = () => undefined;

  push(item: T): void {
    this.#queue.push(item);
    this.#wake();
  }

  end(error?: Error): void {
    this.#ended = true;
    this.#error = error;
    this.#wake();
  }

  async *items(): AsyncGenerator<T> {
    for (;;) {
      const item = this.#queue.shift();
      if (item !== undefined) {
        yield item;
      } else if (this.#ended) {
        if (this.#error !== undefined) throw this.#error;
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
  }
}
