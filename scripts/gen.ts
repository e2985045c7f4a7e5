import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { renderTypes } from './gen-types.ts';

const root = path.resolve(import.meta.dirname, '..');

/** Every generated file and its text. Add a generator here; `make verify` then checks that its output is committed. */
const outputs: Record<string, () => Promise<string>> = {
  'lib/types/generated.ts': () => renderTypes(path.join(root, 'schemas')),
};

for (const [file, render] of Object.entries(outputs)) writeFileSync(path.join(root, file), await render());
