import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'chai';
import { parse } from 'yaml';
import { findStale } from '../../scripts/outputs.ts';
import { bundle, readSchemas, titleOf, type Json } from '../../scripts/schema.ts';
import { root } from './tree.ts';

const schemas = readSchemas(path.join(root, 'schemas'));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

function problems(kind: Json): string[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile(bundle(kind, schemas.common));
  const example: unknown = parse(read(`docs/examples/${titleOf(kind).toLowerCase()}.yaml`));
  if (validate(example)) return [];
  // Names of what controllers make carry dots (SERVICE.SLOT.ID); no user writes them.
  const made = (kind['x-dswarm'] as Json)['readOnly'] === true;
  const errors = (validate.errors ?? []).filter((error) => !(made && error.instancePath === '/metadata/name'));
  return errors.map((error) => `${error.instancePath} ${error.message}`);
}

describe('generated files', function () {
  this.timeout(30_000);

  it('are as their generators write them', async () => {
    expect(await findStale(root), 'run `make gen` and commit the result').to.deep.equal([]);
  });

  for (const kind of schemas.kinds) {
    it(`the example of ${titleOf(kind)} is valid`, () => expect(problems(kind)).to.deep.equal([]));
  }

  it('the editor schema accepts a Service and refuses an unknown field', () => {
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    const validate = ajv.compile(JSON.parse(read('docs/editor.schema.json')) as object);
    const service = parse(read('docs/examples/service.yaml')) as { spec: object };
    expect(validate(service)).to.equal(true);
    expect(validate({ ...service, spec: { ...service.spec, replica: 3 } })).to.equal(false);
  });

  it('every field of every schema tells what it means', () => {
    for (const file of readdirSync(path.join(root, 'docs/spec'))) {
      const empty = read(`docs/spec/${file}`)
        .split('\n')
        .filter((line) => line.startsWith('| `') && line.endsWith('|  |'));
      expect(empty, file).to.deep.equal([]);
    }
  });
});
