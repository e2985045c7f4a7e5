import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

export const SOFT_LIMIT = 400;
export const HARD_LIMIT = 500;

const FOLDERS = ['lib', 'controllers', 'scripts', 'test', 'bench'];
const GENERATED = ['lib/types/generated.ts'];

export interface FileSize {
  file: string;
  lines: number;
}

export interface SizeReport {
  count: number;
  median: number;
  /** Over the soft limit, under the hard one. */
  large: FileSize[];
  tooLarge: FileSize[];
}

export function readSizes(root: string): FileSize[] {
  const files = FOLDERS.filter((folder) => existsSync(path.join(root, folder))).flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => path.posix.join(folder, file)),
  );
  return files
    .filter((file) => file.endsWith('.ts') && !GENERATED.includes(file))
    .sort()
    .map((file) => ({ file, lines: readFileSync(path.join(root, file), 'utf8').split('\n').length - 1 }));
}

export function judgeSizes(sizes: readonly FileSize[]): SizeReport {
  const sorted = sizes.map((size) => size.lines).sort((a, b) => a - b);
  return {
    count: sizes.length,
    median: sorted[Math.floor(sorted.length / 2)] ?? 0,
    large: sizes.filter((size) => size.lines > SOFT_LIMIT && size.lines <= HARD_LIMIT),
    tooLarge: sizes.filter((size) => size.lines > HARD_LIMIT),
  };
}
