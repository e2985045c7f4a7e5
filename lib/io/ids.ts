import { randomInt, randomUUID } from 'node:crypto';
import type { Ids } from '../ports/ids.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Randomness from the operating system. */
export const systemIds: Ids = {
  uid: () => randomUUID(),
  short: (length) => Array.from({ length }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join(''),
  random: () => Math.random(),
};
