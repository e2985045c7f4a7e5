import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { citedNumbers, findCitations, readCitations } from '../../scripts/citations.ts';
import { CONFORMANCE } from '../../scripts/conformance.ts';
import { FAULTS } from '../../scripts/faults/index.ts';
import { caseName, invariantNumbers, openRows } from '../../scripts/gen-proofs.ts';
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

const FAULT_ROWS = 99;
const CASES = 154;

describe('faults', () => {
  const citations = readCitations(root, 'fault');

  it('numbers each once, in order, without a gap', () => {
    expect(FAULTS.map(({ number }) => number)).to.deep.equal(Array.from({ length: FAULT_ROWS }, (_, index) => index + 1));
  });

  it('has a test or a reason for each', () => {
    expect(openRows(FAULTS, citations).map(({ number }) => number)).to.deep.equal([]);
  });

  it('cites none that is not listed', () => {
    expect(citations.filter(({ number }) => number < 1 || number > FAULT_ROWS)).to.deep.equal([]);
  });
});

describe('cases of conformance', () => {
  const citations = readCitations(root, 'conformance');
  const known = new Set(CONFORMANCE.map((entry) => entry.number));

  it('lists each once', () => {
    expect(CONFORMANCE).to.have.length(CASES);
    expect(known.size).to.equal(CASES);
  });

  it('has a test, a reason, or what it waits for, for each', () => {
    expect(openRows(CONFORMANCE, citations).map(({ number }) => caseName(number))).to.deep.equal([]);
  });

  it('cites none that is not listed', () => {
    expect(citations.filter(({ number }) => !known.has(number))).to.deep.equal([]);
  });
});

describe('titles that cite', () => {
  it('say what they prove', () => {
    const all = (['invariant', 'fault', 'conformance'] as const).flatMap((cited) => readCitations(root, cited));
    expect(all.filter(({ title }) => /^\W*\((invariant|fault|conformance)/.test(title.trim()))).to.deep.equal([]);
  });
});
