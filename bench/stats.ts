/** Statistics of a few repetitions; pure. */

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  const lower = sorted[middle - 1];
  if (upper === undefined) return Number.NaN;
  return sorted.length % 2 === 1 || lower === undefined ? upper : (lower + upper) / 2;
}

export interface Summary {
  median: number;
  min: number;
  max: number;
  samples: readonly number[];
}

export function summarize(samples: readonly number[]): Summary {
  return { median: median(samples), min: Math.min(...samples), max: Math.max(...samples), samples };
}

/** Undefined if there is nothing to compare with. */
export function ratio(ours: number, theirs: number | undefined): number | undefined {
  return theirs === undefined || !(theirs > 0) || Number.isNaN(ours) ? undefined : ours / theirs;
}
