import path from 'node:path';
import { HARD_LIMIT, SOFT_LIMIT, judgeSizes, readSizes } from './sizes.ts';

const report = judgeSizes(readSizes(path.resolve(import.meta.dirname, '..')));
for (const { file, lines } of report.large) console.warn(`warning: ${file} has ${lines} lines; split it before it reaches ${HARD_LIMIT}.`);
for (const { file, lines } of report.tooLarge) console.error(`error: ${file} has ${lines} lines; at most ${HARD_LIMIT} are allowed.`);
console.log(
  `${report.count} source files, median ${report.median} lines, ${report.large.length} over ${SOFT_LIMIT}, ${report.tooLarge.length} over ${HARD_LIMIT}.`,
);
process.exitCode = report.tooLarge.length === 0 ? 0 : 1;
