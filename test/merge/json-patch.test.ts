import { expect } from 'chai';
import { applyJsonPatch } from '../../lib/merge/json-patch.ts';

describe('A JSON patch', () => {
  const target = { metadata: { labels: { 'a/b': '1' } }, spec: { ports: [{ target: 80 }] } };

  it('applies its operations in order to a copy', () => {
    const patched = applyJsonPatch(target, [
      { op: 'test', path: '/metadata/labels/a~1b', value: '1' },
      { op: 'replace', path: '/metadata/labels/a~1b', value: '2' },
      { op: 'add', path: '/spec/ports/-', value: { target: 81 } },
    ]);
    expect(patched).to.deep.equal({ metadata: { labels: { 'a/b': '2' } }, spec: { ports: [{ target: 80 }, { target: 81 }] } });
    expect(target.spec.ports).to.have.length(1);
  });

  it('applies none when one fails, and says which', () => {
    const broken = () => applyJsonPatch(target, [{ op: 'remove', path: '/spec/none' }]);
    expect(broken).to.throw('the remove operation at /spec/none does not apply').with.property('code', 'DSW_PATCH_INVALID');
    const tested = () => applyJsonPatch(target, [{ op: 'test', path: '/metadata/labels/a~1b', value: '9' }]);
    expect(tested).to.throw('the value there is another');
  });

  it('is refused when it is none', () => {
    for (const patch of [
      {},
      'x',
      [1],
      [{ op: 'add', path: '/a' }],
      [{ op: 'grow', path: '/a', value: 1 }],
      [{ op: 'copy', path: '/a' }],
      [{ op: 'remove', path: 'a' }],
    ]) {
      expect(() => applyJsonPatch(target, patch), JSON.stringify(patch)).to.throw('a JSON patch is a list');
    }
  });

  it('cannot reach the prototype of objects', () => {
    expect(() => applyJsonPatch({}, [{ op: 'add', path: '/__proto__/polluted', value: true }])).to.throw();
    expect(() => applyJsonPatch({}, [{ op: 'add', path: '/constructor/prototype/polluted', value: true }])).to.throw();
    expect(({} as { polluted?: boolean }).polluted).to.equal(undefined);
  });
});
