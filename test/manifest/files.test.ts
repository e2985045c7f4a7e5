import { expect } from 'chai';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { admit } from '../../lib/manifest/admit.ts';
import { parseManifests } from '../../lib/manifest/parse.ts';
import { BASELINE } from '../../lib/manifest/policy.ts';
import { renderManifest } from '../../lib/manifest/render.ts';
import { runCli } from '../cli/support.ts';
import { objectOf } from '../support/manifests.ts';

const ROOT = path.resolve(import.meta.dirname, '../../manifests');

function filesIn(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder)).filter((name) => /\.(yaml|json)$/.test(name));
}

describe('the manifests that come with dswarm', () => {
  for (const folder of ['demo', 'examples']) {
    for (const file of filesIn(folder)) {
      it(`${folder}/${file} is good under the baseline policy`, () => {
        const { documents, errors } = parseManifests(readFileSync(path.join(ROOT, folder, file)), file);
        expect(errors.map((error) => error.text)).to.deep.equal([]);
        expect(documents).to.not.be.empty;
        const policy = { ...BASELINE, dataPlane: true };
        for (const document of documents) {
          const { object, errors: refused } = admit(document, { policy });
          expect(refused?.map((error) => error.text)).to.equal(undefined);
          if (object !== undefined) expect(objectOf(renderManifest(object), policy), 'rendered and read again').to.deep.equal(object);
        }
      });
    }
  }

  for (const file of filesIn('invalid')) {
    it(`dswarm validate invalid/${file} prints its expected errors`, async () => {
      const expected = readFileSync(path.join(ROOT, 'invalid', `${file}.expected.txt`), 'utf8');
      const { code, out, err } = await runCli(['validate', file], { cwd: path.join(ROOT, 'invalid') });
      expect(err).to.equal(expected);
      expect(err).to.match(/^\S+:\d+:\d+: .* \[DSW_[A-Z_]+\]\n {2}\S/);
      expect({ code, out }).to.deep.equal({ code: 1, out: '' });
    });
  }
});
