import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { bundle } from './bundle.ts';

const root = path.resolve(import.meta.dirname, '..');

await bundle(path.join(root, 'dist'));

// Made of Debian's packages. Elsewhere the controller runs without a data plane, and says so.
const made = spawnSync(path.join(root, 'images/plane/build'), [path.join(root, 'dist/plane')], { stdio: ['ignore', 'ignore', 'inherit'] });
if (made.status !== 0) process.stderr.write('warning: the image of the data plane was not made; `dswarm controller` will run without it\n');
