import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { citedNumbers, findCitations, readCitations } from '../../scripts/citations.ts';
import { CONFORMANCE } from '../../scripts/conformance.ts';
import { FAULTS } from '../../scripts/faults/index.ts';
import { caseName, invariantNumbers } from '../../scripts/gen-proofs.ts';
import { root } from './tree.ts';

const architecture = readFileSync(path.join(root, 'ARCHITECTURE.md'), 'utf8');

describe('citing', () => {
  it('reads single numbers, lists and ranges', () => {
    expect(citedNumbers('keeps them (invariant 4)', 'invariant')).to.deep.equal([4]);
    expect(citedNumbers('keeps them (invariants 4, 5 and 7)', 'invariant')).to.deep.equal([4, 5, 7]);
    expect(citedNumbers('keeps them (faults 1-3)', 'fault')).to.deep.equal([1, 2, 3]);
    expect(citedNumbers('keeps them (invariant 4, fault 9)', 'fault')).to.deep.equal([9]);
    expect(citedNumbers('keeps them (conformance C012, C015-C017, fault 9)', 'conformance')).to.deep.equal([12, 15, 16, 17]);
    expect(citedNumbers('keeps them (conformance 2.4)', 'conformance')).to.deep.equal([]);
    expect(citedNumbers('a title of 3 words', 'fault')).to.deep.equal([]);
  });

  it('reads titles, not comments', () => {
    const source = "// don't (fault 1)\nit('stays (fault 2)', () => undefined);\nit(\n  `also (fault 3)`,\n";
    expect(findCitations(source, 'x.test.ts', 'fault').map((citation) => citation.number)).to.deep.equal([2, 3]);
  });
});

describe('every invariant is proven', () => {
  const cited = new Set(readCitations(root, 'invariant').map((citation) => citation.number));

  it('numbers them without a gap', () => {
    const numbers = invariantNumbers(architecture);
    expect(numbers.length).to.be.at.least(16);
    expect(numbers).to.deep.equal(numbers.map((_, index) => index + 1));
  });

  for (const number of invariantNumbers(architecture)) {
    it(`invariant ${number} is cited by a test`, () => expect([...cited]).to.include(number));
  }

  it('cites none that ARCHITECTURE.md does not number', () => {
    expect([...cited].filter((number) => !invariantNumbers(architecture).includes(number))).to.deep.equal([]);
  });
});

/** Rows and cases without a test or a reason; docs/faults.md and docs/conformance.md name them. */
const OPEN_FAULTS = 3;
const OPEN_CASES = 43;

describe('faults', () => {
  const cited = new Set(readCitations(root, 'fault').map((citation) => citation.number));

  it('numbers each once, in order', () => {
    const numbers = FAULTS.map((fault) => fault.number);
    expect(numbers).to.deep.equal([...new Set(numbers)].sort((a, b) => a - b));
    expect(numbers.length).to.be.at.least(81);
  });

  it('lists those that no test holds yet, and their number does not rise', () => {
    const open = FAULTS.filter((fault) => !cited.has(fault.number) && (fault.reason ?? '') === '');
    expect(open.map((fault) => fault.number).filter((number) => number <= 33)).to.deep.equal([]);
    expect(open.length).to.be.at.most(OPEN_FAULTS);
  });
});

describe('cases of conformance', () => {
  const cited = new Set(readCitations(root, 'conformance').map((citation) => citation.number));
  const known = new Set(CONFORMANCE.map((entry) => entry.number));

  it('lists each once', () => {
    expect(known.size).to.equal(CONFORMANCE.length);
    expect(known.size).to.be.at.least(110);
  });

  it('lists those that no test proves yet, and their number does not rise', () => {
    const open = CONFORMANCE.filter(({ number, reason }) => !cited.has(number) && (reason ?? '') === '');
    expect(open.map(({ number }) => caseName(number)).length).to.be.at.most(OPEN_CASES);
  });

  it('cites none that is not listed', () => {
    expect([...cited].filter((number) => !known.has(number)).map(caseName)).to.deep.equal([]);
  });
});
