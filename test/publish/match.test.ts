import { expect } from 'chai';
import { areAllocated } from '../../lib/publish/match.ts';
import { port, published } from './objects.ts';

describe('ports count as allocated', () => {
  const cases: [title: string, asked: string[] | undefined, given: string[] | undefined, expected: boolean][] = [
    ['nothing asked for, nothing given', undefined, undefined, true],
    ['an empty list is nothing', [], undefined, true],
    ['asked for, nothing given', ['80'], undefined, false],
    ['more asked for than given', ['80', '81'], ['30000:80'], false],
    ['more given than asked for', ['80'], ['30000:80', '30001:81'], false],
    ['nothing asked for any more', undefined, ['30000:80'], false],
    ['another target', ['80'], ['30000:81'], false],
    ['another protocol', ['80/udp'], ['30000:80'], false],
    ['another mode', ['host:8080:80'], ['8080:80'], false],
    ['another number than asked for', ['8080:80'], ['8081:80'], false],
    ['the number asked for', ['8080:80'], ['8080:80'], true],
    ['any number where none is asked for', ['80'], ['30005:80'], true],
    ['in another order', ['8081:81', '8080:80'], ['8080:80', '8081:81'], true],
    ['several numbers for one target', ['80', '80'], ['30000:80', '30001:80'], true],
    ['one of several with a number of its own', ['80', '30000:80'], ['30000:80', '30001:80'], true],
    ['one number cannot serve two', ['80', '30000:80'], ['30000:80'], false],
    ['mode host without a number is the engine’s to choose', ['host:80'], undefined, true],
    ['mode host with a number', ['host:8080:80'], ['host:8080:80'], true],
  ];
  for (const [title, asked, given, expected] of cases) {
    it(`${title}: ${expected ? 'yes' : 'no'} (conformance C156)`, () => {
      expect(areAllocated(asked?.map(port), given?.map(published))).to.equal(expected);
    });
  }
});
