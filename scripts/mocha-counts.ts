export interface Counts {
  passed: number;
  failed: number;
}

export const addCounts = (a: Counts, b: Counts): Counts => ({ passed: a.passed + b.passed, failed: a.failed + b.failed });

export const summary = (counts: Counts): string => `${counts.passed} passed, ${counts.failed} failed`;

// What begins a color on a terminal.
const COLOR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

/** The last `N ...` line of mocha's epilogue. */
function lastCount(output: string, word: string): number {
  const matches = [...output.matchAll(new RegExp(`^ {2}(\\d+) ${word}\\b`, 'gm'))];
  return Number(matches.at(-1)?.[1] ?? 0);
}

/**
 * Counts of a mocha run from what its spec and dot reporters print at the end. Pending tests count as failed: none may be skipped.
 * A run that failed without a failed test (it crashed, or a file did not load) counts as one failure.
 */
export function parseCounts(output: string, exitCode: number): Counts {
  const plain = output.replace(COLOR, '');
  const failed = lastCount(plain, 'failing') + lastCount(plain, 'pending');
  return { passed: lastCount(plain, 'passing'), failed: failed === 0 && exitCode !== 0 ? 1 : failed };
}

/** Of each failed test its number, suite and title, and what it failed with, one line each: what a cut-off log should end with. */
export function parseFailures(output: string): string[] {
  const epilogue =
    output
      .replace(COLOR, '')
      .split(/^ {2}\d+ failing$/m)
      .at(-1) ?? '';
  const blocks = epilogue.split(/^(?= {2}\d+\) )/m).filter((block) => /^ {2}\d+\) /.test(block));
  return blocks.map((block) => {
    const [title = '', error = ''] = block.split(/:\n\s*/, 2);
    const words = title.split('\n').map((line) => line.trim());
    return `${words.join(' > ')}: ${error.split('\n')[0]?.trim() ?? ''}`;
  });
}
