const CHUNK = 256;

/** Numbers in order, in chunks: adding and taking away moves a few hundred of them at most, however many there are. */
export class SortedKeys {
  #chunks: number[][] = [];

  /** `keys` in ascending order, each once. */
  constructor(keys: readonly number[] = []) {
    for (let at = 0; at < keys.length; at += CHUNK) this.#chunks.push(keys.slice(at, at + CHUNK));
  }

  /** The smallest that is not below `from`. */
  firstFrom(from: number): number | undefined {
    const chunk = this.#chunks[this.#chunkFor(from)];
    return chunk?.[placeIn(chunk, from)];
  }

  add(key: number): void {
    const at = Math.min(this.#chunkFor(key), Math.max(0, this.#chunks.length - 1));
    const chunk = this.#chunks[at];
    if (chunk === undefined) {
      this.#chunks.push([key]);
      return;
    }
    const place = placeIn(chunk, key);
    if (chunk[place] === key) return;
    chunk.splice(place, 0, key);
    if (chunk.length > 2 * CHUNK) this.#chunks.splice(at + 1, 0, chunk.splice(CHUNK));
  }

  delete(key: number): void {
    const at = this.#chunkFor(key);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return;
    const place = placeIn(chunk, key);
    if (chunk[place] !== key) return;
    chunk.splice(place, 1);
    if (chunk.length === 0) this.#chunks.splice(at, 1);
  }

  /** The first chunk whose last key is not below `key`; beyond the end where there is none. */
  #chunkFor(key: number): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const chunk = this.#chunks[middle] as number[];
      if ((chunk[chunk.length - 1] as number) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function placeIn(chunk: readonly number[], key: number): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((chunk[middle] as number) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
