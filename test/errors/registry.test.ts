import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { DswarmError, hasCode } from '../../lib/errors/error.ts';
import { ERRORS, type ErrorDefinition } from '../../lib/errors/registry.ts';

const root = path.resolve(import.meta.dirname, '../..');
const registry: Readonly<Record<string, ErrorDefinition>> = ERRORS;
const codes = Object.keys(registry);
const page = readFileSync(path.join(root, 'docs/errors.md'), 'utf8');

function filesUnder(folder: string, ending: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => path.join(root, folder, file));
}

describe('the error registry', () => {
  it('and docs/errors.md list the same codes', () => {
    const documented = [...page.matchAll(/^\| `(DSW_[A-Z0-9_]+)`/gm)].map((match) => match[1]);
    expect(documented).to.have.members(codes);
  });

  for (const [code, error] of Object.entries(registry)) {
    it(`${code} says what it means and what to do, in sentences`, () => {
      expect(code).to.match(/^DSW_[A-Z0-9]+(_[A-Z0-9]+)+$/);
      expect(error.meaning).to.match(/^[A-Z].*\.$/);
      expect(error.remedy).to.match(/^["A-Z].*[.)]$/);
      expect(error.status).to.be.within(400, 599);
      expect(error.reason).to.match(/^[A-Z][A-Za-z]+$/);
    });
  }

  it('has no code that nothing throws or tells', () => {
    const source = ['lib', 'controllers']
      .flatMap((folder) => filesUnder(folder, '.ts'))
      .filter((file) => !file.endsWith(path.join('errors', 'registry.ts')))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
    expect(codes.filter((code) => !new RegExp(`\\b${code}\\b`).test(source))).to.deep.equal([]);
  });

  it('knows every code that the documentation and the manifests name', () => {
    const texts = [...filesUnder('docs', '.md'), ...filesUnder('docs', '.yaml'), path.join(root, 'README.md')];
    const named = texts.flatMap((file) => readFileSync(file, 'utf8').match(/\bDSW_[A-Z0-9]+(?:_[A-Z0-9]+)+\b/g) ?? []);
    expect([...new Set(named)].filter((code) => !codes.includes(code))).to.deep.equal([]);
  });
});

describe('an error for people', () => {
  const error = new DswarmError('DSW_STORE_LOCKED', 'the state directory is in use by process 12', { where: '/var/lib/dswarm' });

  it('tells where, what and its code on one line, and what to do below', () => {
    expect(error.line).to.equal('/var/lib/dswarm: the state directory is in use by process 12 [DSW_STORE_LOCKED]');
    expect(error.text).to.equal(`${error.line}\n  ${ERRORS.DSW_STORE_LOCKED.remedy}`);
  });

  it("prefers a hint of its own to the registry's", () => {
    expect(new DswarmError('DSW_STORE_LOCKED', 'in use', { hint: 'Stop process 12.' }).text).to.equal(
      'in use [DSW_STORE_LOCKED]\n  Stop process 12.',
    );
  });

  it('is told by its code, whatever else is thrown', () => {
    expect(hasCode(error, 'DSW_STORE_CONFLICT', 'DSW_STORE_LOCKED')).to.equal(true);
    expect(hasCode(error, 'DSW_STORE_CONFLICT')).to.equal(false);
    expect(hasCode(new Error('DSW_STORE_LOCKED'), 'DSW_STORE_LOCKED')).to.equal(false);
  });
});
