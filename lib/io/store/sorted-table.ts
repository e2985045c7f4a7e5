/** Entries per chunk before it splits: a change copies one chunk and the list of chunks, some hundreds of references in all. */
const CHUNK = 256;

interface Chunk<T> {
  readonly keys: readonly string[];
  readonly values: readonly T[];
}

/** An immutable sorted map. A change returns a new table that shares all but one chunk, so old tables are snapshots for free. */
export class SortedTable<T> {
  readonly size: number;
  readonly #chunks: readonly Chunk<T>[];
  #all: readonly T[] | undefined;

  constructor(chunks: readonly Chunk<T>[] = []) {
    this.#chunks = chunks;
    this.size = chunks.reduce((sum, chunk) => sum + chunk.keys.length, 0);
  }

  get(key: string): T | undefined {
    const chunk = this.#chunks[this.#chunkOf(key)];
    if (chunk === undefined) return undefined;
    const at = lowerBound(chunk.keys, key);
    return chunk.keys[at] === key ? chunk.values[at] : undefined;
  }

  with(key: string, value: T): SortedTable<T> {
    const index = this.#chunkOf(key);
    const chunk = this.#chunks[index] ?? { keys: [], values: [] };
    const at = lowerBound(chunk.keys, key);
    if (chunk.keys[at] === key) return this.#replace(index, [{ keys: chunk.keys, values: chunk.values.with(at, value) }]);
    const grown = { keys: chunk.keys.toSpliced(at, 0, key), values: chunk.values.toSpliced(at, 0, value) };
    return this.#replace(index, grown.keys.length > CHUNK ? halves(grown) : [grown]);
  }

  without(key: string): SortedTable<T> {
    const index = this.#chunkOf(key);
    const chunk = this.#chunks[index];
    if (chunk === undefined) return this;
    const at = lowerBound(chunk.keys, key);
    if (chunk.keys[at] !== key) return this;
    const rest = { keys: chunk.keys.toSpliced(at, 1), values: chunk.values.toSpliced(at, 1) };
    return this.#replace(index, rest.keys.length === 0 ? [] : [rest]);
  }

  /** All values in order of their keys. */
  values(): readonly T[] {
    this.#all ??= Object.freeze(this.#chunks.flatMap((chunk) => chunk.values));
    return this.#all;
  }

  /** Values whose keys begin with the prefix, in order. */
  withPrefix(prefix: string): readonly T[] {
    const found: T[] = [];
    for (let index = this.#chunkOf(prefix); index < this.#chunks.length; index += 1) {
      const { keys, values } = this.#chunks[index] as Chunk<T>;
      for (let at = lowerBound(keys, prefix); at < keys.length; at += 1) {
        if (!(keys[at] as string).startsWith(prefix)) return found;
        found.push(values[at] as T);
      }
    }
    return found;
  }

  /** The chunk that holds the key, or would. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#chunks[middle]?.keys[0] ?? '') <= key) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  #replace(index: number, by: readonly Chunk<T>[]): SortedTable<T> {
    return new SortedTable(this.#chunks.toSpliced(index, 1, ...by));
  }
}

function halves<T>(chunk: Chunk<T>): Chunk<T>[] {
  const middle = chunk.keys.length >>> 1;
  return [
    { keys: chunk.keys.slice(0, middle), values: chunk.values.slice(0, middle) },
    { keys: chunk.keys.slice(middle), values: chunk.values.slice(middle) },
  ];
}

/** Index of the first key that is not less. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
