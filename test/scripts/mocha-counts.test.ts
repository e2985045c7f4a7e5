import { expect } from 'chai';
import { addCounts, parseCounts, parseFailures, summary } from '../../scripts/mocha-counts.ts';

describe('the counts of `make test`', () => {
  it('come from the last lines of mocha, with or without colors', () => {
    expect(parseCounts('  ✔ 7 passing by\n\n  12 passing (3s)\n  2 failing\n\n  1) x', 2)).to.deep.equal({ passed: 12, failed: 2 });
    expect(parseCounts('\u001b[92m \u001b[0m\u001b[32m 12 passing\u001b[0m\u001b[90m (3s)\u001b[0m\n', 0)).to.deep.equal({
      passed: 12,
      failed: 0,
    });
  });

  it('take a skipped test as failed', () => {
    expect(parseCounts('  12 passing (3s)\n  1 pending\n', 1)).to.deep.equal({ passed: 12, failed: 1 });
  });

  it('take a run that crashed as one failure', () => {
    expect(parseCounts('SyntaxError', 1)).to.deep.equal({ passed: 0, failed: 1 });
  });

  it('come with the title and the error of each failed test', () => {
    const output =
      '  a\n    1) b\n\n  3 passing (1s)\n  2 failing\n\n  1) a\n       b:\n\n      Error: x: y\n      + expected\n\n  2) c\n       d\n         e:\n     Error: z\n';
    expect(parseFailures(output)).to.deep.equal(['1) a > b: Error: x: y', '2) c > d > e: Error: z']);
    expect(parseFailures('  3 passing (1s)\n')).to.deep.equal([]);
  });

  it('add up to one line', () => {
    expect(summary(addCounts({ passed: 1, failed: 2 }, { passed: 3, failed: 4 }))).to.equal('4 passed, 6 failed');
  });
});
