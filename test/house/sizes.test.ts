import { expect } from 'chai';
import { judgeSizes, readSizes } from '../../scripts/sizes.ts';
import { root } from './tree.ts';

describe('file sizes', () => {
  it('tells the median, what is large and what is too large', () => {
    const sizes = [10, 401, 501, 90, 400].map((lines) => ({ file: `lib/${lines}.ts`, lines }));
    expect(judgeSizes(sizes)).to.deep.equal({
      count: 5,
      median: 400,
      large: [{ file: 'lib/401.ts', lines: 401 }],
      tooLarge: [{ file: 'lib/501.ts', lines: 501 }],
    });
  });

  it('finds no file in the tree that is too large', () => {
    expect(judgeSizes(readSizes(root)).tooLarge).to.deep.equal([]);
  });
});
