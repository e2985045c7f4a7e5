import { expect } from 'chai';
import { renderTable, toRows, type Sample } from '../../bench/report.ts';
import { median, ratio, summarize } from '../../bench/stats.ts';

const sample = (scenario: string, contender: string, value: number): Sample => ({ scenario, contender, unit: 'ms', value });

describe('bench statistics', () => {
  it('take the middle value, or the mean of the two in the middle', () => {
    expect(median([3, 1, 2])).to.equal(2);
    expect(median([4, 1, 2, 3])).to.equal(2.5);
    expect(median([])).to.be.NaN;
  });

  it('keep the range and the samples', () => {
    expect(summarize([2, 1, 9])).to.deep.equal({ median: 2, min: 1, max: 9, samples: [2, 1, 9] });
  });

  it('have no ratio without a peer', () => {
    expect(ratio(1, undefined)).to.equal(undefined);
    expect(ratio(1, 0)).to.equal(undefined);
    expect(ratio(1, 2)).to.equal(0.5);
  });
});

describe('the bench table', () => {
  it('has one row a scenario, in the order measured, with the ratio of medians', () => {
    const rows = toRows([sample('b', 'swarm', 200), sample('b', 'dswarm', 100), sample('b', 'dswarm', 300), sample('a', 'dswarm', 5)]);
    expect(rows.map((row) => [row.scenario, row.ratio, row.difference])).to.deep.equal([
      ['b', 1, 0],
      ['a', undefined, undefined],
    ]);
    expect(renderTable(rows).split('\n')).to.deep.equal([
      'SCENARIO   UNIT   DSWARM median (min-max)   PEER median (min-max)   RATIO   DIFFERENCE',
      'b          ms     200 (100-300)             swarm 200 (200-200)     1.00    +0.0',
      'a          ms     5.0 (5.0-5.0)             -                       -       -',
    ]);
  });
});
