import path from 'node:path';
import { findStale } from './outputs.ts';

const stale = await findStale(path.resolve(import.meta.dirname, '..'));
for (const file of stale) console.error(`${file} is not as its generator writes it: run \`make gen\` and commit the result.`);
if (stale.length === 0) console.log('Generated files are current.');
process.exitCode = stale.length === 0 ? 0 : 1;
