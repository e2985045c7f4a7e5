import { expect } from 'chai';
import { parseFieldSelector, parseLabelSelector } from '../../lib/api/selectors.ts';
import type { AnyStored } from '../../lib/types/objects.ts';

const labelled = (labels: Record<string, string>): AnyStored =>
  ({ kind: 'Service', metadata: { name: 'web', namespace: 'shop', labels } }) as unknown as AnyStored;

const CASES: [string, Record<string, string>, boolean][] = [
  ['', {}, true],
  ['a=1', { a: '1' }, true],
  ['a==1', { a: '2' }, false],
  ['a = 1 , b', { a: '1', b: '' }, true],
  ['a!=1', { a: '2' }, true],
  ['a!=1', {}, true],
  ['a!=1', { a: '1' }, false],
  ['a in (1, 2)', { a: '2' }, true],
  ['a in (1,2),b=3', { a: '2', b: '3' }, true],
  ['a in (1)', {}, false],
  ['a notin (1, 2)', { a: '3' }, true],
  ['a notin (1)', {}, true],
  ['a', { a: '' }, true],
  ['a', {}, false],
  ['!a', {}, true],
  ['!a', { a: '1' }, false],
  ['example.com/a=x', { 'example.com/a': 'x' }, true],
  ['a>3', { a: '10' }, true],
  ['a<3', { a: '10' }, false],
  ['a>3', {}, false],
  ['constructor', {}, false],
  ['a=', { a: '' }, true],
];

describe('A label selector', () => {
  CASES.forEach(([text, labels, matches]) => {
    it(`"${text}" ${matches ? 'takes' : 'leaves'} ${JSON.stringify(labels)}`, () => {
      expect(parseLabelSelector(text)(labelled(labels))).to.equal(matches);
    });
  });

  it('that makes no sense is refused with what would', () => {
    for (const text of ['a=b=c', 'in (a)', 'a in b', '=x', 'a in (x', '-a']) {
      expect(() => parseLabelSelector(text), text).to.throw('unable to parse the label selector');
    }
  });
});

describe('A field selector', () => {
  it('looks at the fields that there are', () => {
    expect(parseFieldSelector('metadata.name=web,metadata.namespace!=default')(labelled({}))).to.equal(true);
    expect(parseFieldSelector('metadata.name=api')(labelled({}))).to.equal(false);
    expect(parseFieldSelector('involvedObject.uid=')(labelled({}))).to.equal(true);
  });

  it('for another field is refused', () => {
    expect(() => parseFieldSelector('spec.image=x')).to.throw('field label not supported');
  });
});
