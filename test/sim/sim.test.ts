import { expect } from 'chai';
import { runSeed } from './run.ts';

/** `make test` runs 10,000 by test/sim/main.ts; these are other seeds than those, so that each run of both sees more. */
const SEEDS = 120;
const FROM = 1_000_001;
const GROUP = 20;

describe('the controllers in a simulated world', () => {
  for (let first = FROM; first < FROM + SEEDS; first += GROUP) {
    it(`reach what is wanted once faults stop, and stay there: seeds ${first} to ${first + GROUP - 1} (fault 42, fault 80)`, async () => {
      for (let seed = first; seed < first + GROUP; seed += 1) {
        const { problems, trace } = await runSeed(seed);
        expect(problems, `make sim SEED=${seed}\n${trace.join('\n')}`).to.deep.equal([]);
      }
    });
  }

  it('are the same each time: a seed replays to the same trace', async () => {
    const [first, second] = [await runSeed(FROM), await runSeed(FROM)];
    expect(second.trace).to.deep.equal(first.trace);
  });
});
