import { expect } from 'chai';
import fc from 'fast-check';
import { planSlots, type JobInput, type JobSlot } from '../../lib/jobs/slots.ts';

const slots = (text: string): JobSlot[] =>
  [...text].flatMap((letter, slot): JobSlot[] => {
    const state = ({ a: 'active', c: 'complete', e: 'ended' } as const)[letter];
    return state === undefined ? [] : [{ slot, state }];
  });

describe('the slots of a job', () => {
  const rows: [text: string, completions: number, maxConcurrent: number, start: number[], surplus: number[]][] = [
    ['', 6, 2, [0, 1], []],
    ['aa', 6, 2, [], []],
    ['ca', 6, 2, [2], []],
    ['.a', 6, 3, [0, 2], []],
    ['cccca', 6, 4, [5], []],
    ['cccccc', 6, 2, [], []],
    ['ccea', 6, 2, [4], []],
    ['aaa', 2, 2, [], [2]],
    ['', 0, 2, [], []],
  ];
  for (const [text, completions, maxConcurrent, start, surplus] of rows)
    it(`begin with ${start.join(', ') || 'none'} where ${text || 'nothing'} stands of ${completions} by ${maxConcurrent}`, () => {
      expect(planSlots({ completions, maxConcurrent, slots: slots(text) })).to.deep.include({ start, surplus });
    });

  it('never run more than maxConcurrent, never complete more than asked for, and never run twice what completed', () => {
    const run = fc.record({ completions: fc.nat(12), maxConcurrent: fc.integer({ min: 1, max: 5 }), dice: fc.infiniteStream(fc.nat(3)) });
    fc.assert(
      fc.property(run, ({ completions, maxConcurrent, dice }) => {
        let standing: JobSlot[] = [];
        for (let round = 0; round < 200; round += 1) {
          const input: JobInput = { completions, maxConcurrent, slots: standing };
          const plan = planSlots(input);
          expect(planSlots(input)).to.deep.equal(plan);
          const complete = new Set(standing.filter(({ state }) => state === 'complete').map(({ slot }) => slot));
          expect(plan.start.filter((slot) => complete.has(slot) || slot >= completions)).to.deep.equal([]);
          expect(plan.surplus).to.deep.equal([]);
          expect(plan.active + plan.start.length).to.be.at.most(maxConcurrent);
          expect(plan.complete + plan.active + plan.start.length).to.be.at.most(completions);
          standing = [...standing, ...plan.start.map((slot) => ({ slot, state: 'active' as const }))].flatMap((slot): JobSlot[] => {
            const rolled = slot.state === 'active' ? dice.next().value : undefined;
            if (rolled === 0) return [];
            return rolled === 1 ? [{ ...slot, state: 'complete' }] : [slot];
          });
          if (standing.filter(({ state }) => state === 'complete').length === completions) return;
        }
      }),
      { numRuns: 200 },
    );
  });
});
