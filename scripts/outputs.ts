import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ERRORS } from '../lib/errors/registry.ts';
import { readCitations } from './citations.ts';
import { CONFORMANCE } from './conformance.ts';
import { FAULT_GROUPS } from './faults/index.ts';
import { renderErrors } from './gen-errors.ts';
import { renderConformance, renderFaults, renderProofs } from './gen-proofs.ts';
import { renderEditorSchema, renderSpec } from './gen-spec.ts';
import { renderTypes } from './gen-types.ts';
import { readSchemas } from './schema.ts';

type Render = () => string | Promise<string>;

/** Every generated file and its text. Add a generator here; `make verify` then checks that its output is committed. */
export function outputs(root: string): Record<string, Render> {
  const folder = path.join(root, 'schemas');
  const schemas = readSchemas(folder);
  const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
  const specs = schemas.kinds.map((kind): [string, Render] => {
    const name = String(kind['title']).toLowerCase();
    return [`docs/spec/${name}.md`, () => renderSpec(kind, schemas.common, read(`docs/examples/${name}.yaml`))];
  });
  return {
    'lib/types/generated.ts': () => renderTypes(folder),
    ...Object.fromEntries(specs),
    'docs/editor.schema.json': () => renderEditorSchema(schemas),
    'docs/errors.md': () => renderErrors(ERRORS),
    'docs/faults.md': () => renderFaults(FAULT_GROUPS, readCitations(root, 'fault')),
    'docs/conformance.md': () => renderConformance(CONFORMANCE, readCitations(root, 'conformance')),
    'ARCHITECTURE.md': () => renderProofs(read('ARCHITECTURE.md'), readCitations(root, 'invariant')),
  };
}

/** The generated files that are not as their generators write them. */
export async function findStale(root: string): Promise<string[]> {
  const stale: string[] = [];
  for (const [file, render] of Object.entries(outputs(root))) {
    if (readOrEmpty(path.join(root, file)) !== (await render())) stale.push(file);
  }
  return stale;
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
