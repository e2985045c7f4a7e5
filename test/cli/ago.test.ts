import { expect } from 'chai';
import { wordsAgo } from '../../lib/cli/ago.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

describe('how long ago, in the words of the docker command', () => {
  for (const [ms, words] of [
    [-5 * SECOND, 'less than a second ago'],
    [999, 'less than a second ago'],
    [SECOND, '1 second ago'],
    [59_999, '59 seconds ago'],
    [60 * SECOND, 'about a minute ago'],
    [120 * SECOND, '2 minutes ago'],
    [HOUR, 'about an hour ago'],
    [47 * HOUR, '47 hours ago'],
    [48 * HOUR, '2 days ago'],
    [14 * 24 * HOUR, '2 weeks ago'],
    [60 * 24 * HOUR, '2 months ago'],
    [730 * 24 * HOUR, '2 years ago'],
  ] as const) {
    it(`is ${words} after ${ms} ms`, () => {
      expect(wordsAgo(new Date(NOW - ms).toISOString(), NOW)).to.equal(words);
    });
  }

  it('is nothing without a time', () => {
    expect(wordsAgo(undefined, NOW)).to.equal(undefined);
  });
});
