import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** A test whose title names what it proves: `... (invariant 6)`, `... (fault 11)`, `... (invariants 4, 5)`. */
export interface Citation {
  number: number;
  /** Relative to the root, with forward slashes. */
  file: string;
  title: string;
}

export type Cited = 'invariant' | 'fault' | 'conformance';

const STRINGS = /'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)"|`((?:\\.|[^`\\])*)`/g;

/** The string literals of a source text; lines that are only a comment are left out, for their apostrophes. */
function stringsOf(source: string): string[] {
  const code = source
    .split('\n')
    .filter((line) => !/^\s*(\/\/|\/?\*)/.test(line))
    .join('\n');
  return [...code.matchAll(STRINGS)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

/** The numbers that a title cites: `(fault 3)`, `(faults 3, 4 and 7)`, `(faults 18-20)`, `(invariant 5, fault 7)`, `(conformance C012, C015)`. */
export function citedNumbers(title: string, cited: Cited): number[] {
  const numbers: number[] = [];
  const digits = cited === 'conformance' ? 'C\\d+' : '\\d+';
  for (const [, list = ''] of title.matchAll(new RegExp(`\\b${cited}s?\\s+((?:${digits}(?:\\s*(?:,|and|-|–)\\s*)?)+)`, 'g'))) {
    for (const [, first = '', last = first] of list.matchAll(/(\d+)(?:\s*[-–]\s*C?(\d+))?/g)) {
      for (let number = Number(first); number <= Number(last); number += 1) numbers.push(number);
    }
  }
  return numbers;
}

export function findCitations(source: string, file: string, cited: Cited): Citation[] {
  return stringsOf(source)
    .filter((text) => text.includes('('))
    .flatMap((title) => citedNumbers(title, cited).map((number) => ({ number, file, title })));
}

/** All citations in the tests under `root`, but for the test of citing itself. */
export function readCitations(root: string, cited: Cited): Citation[] {
  const files = readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .map((file) => path.posix.join('test', file.split(path.sep).join('/')))
    .filter((file) => file.endsWith('.ts') && file !== 'test/house/citations.test.ts')
    .sort();
  return files.flatMap((file) => findCitations(readFileSync(path.join(root, file), 'utf8'), file, cited));
}
