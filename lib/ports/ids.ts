/** Randomness as a port. */
export interface Ids {
  /** A fresh uid (RFC 9562 UUID, version 4). */
  uid(): string;
  /** A short id for names: so many characters of a-z and 0-9. */
  short(length: number): string;
  /** A number in [0, 1): jitter. */
  random(): number;
}
