import type { Ids } from '../../lib/ports/ids.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** The same seed gives the same ids (mulberry32). */
export class FakeIds implements Ids {
  #state: number;

  constructor(seed = 1) {
    this.#state = seed;
  }

  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  short(length: number): string {
    return Array.from({ length }, () => ALPHABET.charAt(Math.floor(this.random() * ALPHABET.length))).join('');
  }

  uid(): string {
    const digits = this.hex(32).split('');
    digits[12] = '4';
    digits[16] = '8';
    const hex = digits.join('');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }

  hex(length: number): string {
    return Array.from({ length }, () => Math.floor(this.random() * 16).toString(16)).join('');
  }
}

/** A seed out of a text. */
export function hash(text: string): number {
  return [...text].reduce((sum, char) => (Math.imul(sum, 31) + (char.codePointAt(0) ?? 0)) | 0, 7);
}
