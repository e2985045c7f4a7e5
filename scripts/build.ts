import path from 'node:path';
import { bundle } from './bundle.ts';

await bundle(path.resolve(import.meta.dirname, '..', 'dist'));
