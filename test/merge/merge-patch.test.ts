import { expect } from 'chai';
import fc from 'fast-check';
import { applyMergePatch } from '../../lib/merge/merge-patch.ts';
import type { JsonValue } from '../../lib/types/objects.ts';

/** RFC 7386, appendix A. */
const CASES: [JsonValue, JsonValue, JsonValue][] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

describe('A JSON merge patch', () => {
  CASES.forEach(([target, patch, result]) => {
    it(`makes ${JSON.stringify(result)} of ${JSON.stringify(target)} with ${JSON.stringify(patch)}`, () => {
      expect(applyMergePatch(target, patch)).to.deep.equal(result);
    });
  });

  it('applied twice is applied once, and leaves its input alone', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), (target, patch) => {
        const before = JSON.stringify(target);
        const once = applyMergePatch(target as JsonValue, patch as JsonValue);
        expect(applyMergePatch(once, patch as JsonValue)).to.deep.equal(once);
        expect(JSON.stringify(target)).to.equal(before);
      }),
    );
  });

  it('cannot reach the prototype of objects', () => {
    const patched = applyMergePatch({}, JSON.parse('{"__proto__": {"polluted": true}}') as JsonValue);
    expect(({} as { polluted?: boolean }).polluted).to.equal(undefined);
    expect((patched as { polluted?: boolean }).polluted).to.equal(undefined);
  });
});
