import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { outputs } from './outputs.ts';

const root = path.resolve(import.meta.dirname, '..');

for (const [file, render] of Object.entries(outputs(root))) {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), await render());
}
