import { DswarmError } from '../errors/error.ts';

const SIZE = /^([0-9]+(?:\.[0-9]+)?)([KMGTPkmgtp]i?[Bb]?|[Bb])?$/;
const CPUS = /^([0-9]+(?:\.[0-9]+)?|[0-9]+m)$/;
const POWER = 'bkmgtp';

function invalid(what: string, example: string, value: unknown): DswarmError {
  const found = JSON.stringify(value);
  return new DswarmError('DSW_MANIFEST_INVALID', `not ${what}: ${found}`, { expected: `${what} such as ${example}`, found });
}

/**
 * Bytes. Every letter is a power of 1024, with or without i and B, as in Docker (units.RAMInBytes): 64m = 64M = 64MB = 64Mi = 64MiB.
 * This differs from Kubernetes, where M is a power of 1000. A fraction of a byte is cut off.
 */
export function parseSize(value: number | string): number {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || value < 0) throw invalid('a size', '512Mi', value);
    return value;
  }
  const match = SIZE.exec(value);
  if (match === null) throw invalid('a size', '512Mi', value);
  const letter = (match[2] ?? 'b').charAt(0).toLowerCase();
  const bytes = Math.floor(Number(match[1]) * 1024 ** POWER.indexOf(letter));
  if (!Number.isSafeInteger(bytes)) throw invalid('a size', '512Mi', value);
  return bytes;
}

/** CPUs: 0.5 = '0.5' = '500m'. */
export function parseCpus(value: number | string): number {
  const cpus = typeof value === 'number' ? value : parseCpuText(value);
  if (!Number.isFinite(cpus) || cpus < 0) throw invalid('a number of CPUs', '0.5 or 500m', value);
  return cpus;
}

function parseCpuText(value: string): number {
  if (!CPUS.test(value)) return Number.NaN;
  return value.endsWith('m') ? Number(value.slice(0, -1)) / 1000 : Number(value);
}
