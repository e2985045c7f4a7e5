import { expect } from 'chai';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../lib/manifest/duration.ts';
import { parseCpus, parseSize } from '../../lib/manifest/quantity.ts';

describe('durations', () => {
  for (const [text, ms] of [
    ['0s', 0],
    ['500ms', 500],
    ['10s', 10_000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['250us', 0.25],
    ['1h0m1s', 3_601_000],
  ] as const) {
    it(`reads ${text} as ${ms} ms`, () => expect(parseDuration(text)).to.equal(ms));
  }
  for (const text of ['', '10', 's', '1 s', '-1s', '1d', '1s ', '1e3s', '.5s', '10S', '1m30']) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(() => parseDuration(text)).to.throw('not a duration'));
  }
  it('reads back every whole number of milliseconds that it wrote', () => {
    fc.assert(fc.property(fc.nat(10 ** 12), (ms) => void expect(parseDuration(formatDuration(ms))).to.equal(ms)));
  });
  it('adds its parts up', () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.nat(59),
        fc.nat(59),
        (h, m, s) => void expect(parseDuration(`${h}h${m}m${s}s`)).to.equal(((h * 60 + m) * 60 + s) * 1000),
      ),
    );
  });
});

describe('sizes and CPUs', () => {
  for (const [value, bytes] of [
    [0, 0],
    ['0', 0],
    ['100', 100],
    ['100b', 100],
    ['1k', 1024],
    ['1K', 1024],
    ['64m', 67_108_864],
    ['512Mi', 536_870_912],
    ['1GiB', 2 ** 30],
    ['1GB', 2 ** 30],
    ['1.5g', 1.5 * 2 ** 30],
    ['1t', 2 ** 40],
  ] as const) {
    it(`reads ${value} as ${bytes} bytes`, () => expect(parseSize(value)).to.equal(bytes));
  }
  for (const value of ['', 'm', '-1', '1 m', '1x', '1e3', '1,5g', '9999999p', -1, 1.5, Number.NaN, 2 ** 53]) {
    it(`refuses the size ${JSON.stringify(value)}`, () => expect(() => parseSize(value)).to.throw('not a size'));
  }
  it('takes every spelling of a unit as the same power of 1024', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.constantFrom('k', 'm', 'g', 't'), (amount, unit) => {
        const bytes = parseSize(`${amount}${unit}`);
        for (const spelling of [unit.toUpperCase(), `${unit}b`, `${unit.toUpperCase()}i`, `${unit.toUpperCase()}iB`])
          expect(parseSize(`${amount}${spelling}`)).to.equal(bytes);
      }),
    );
  });
  it('reads CPUs as number, text and thousandths', () => {
    expect([parseCpus(0.5), parseCpus('0.5'), parseCpus('500m'), parseCpus('2')]).to.deep.equal([0.5, 0.5, 0.5, 2]);
    fc.assert(fc.property(fc.nat(100_000), (m) => void expect(parseCpus(`${m}m`)).to.equal(m / 1000)));
  });
  for (const value of ['', '1.5m', 'm', '-1', '1e3', -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`refuses the CPUs ${value}`, () => expect(() => parseCpus(value)).to.throw('not a number of CPUs'));
  }
});
