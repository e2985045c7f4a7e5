import { expect } from 'chai';
import fc from 'fast-check';
import type { RolloutConfig } from '../../lib/rollout/config.ts';
import { Model, type Behaviour } from './model.ts';

const behaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ startMs: fc.integer({ min: 0, max: 3_000 }) }) },
  { weight: 1, arbitrary: fc.record({ startMs: fc.integer({ min: 0, max: 3_000 }), fails: fc.constant('never-runs' as const) }) },
  { weight: 1, arbitrary: fc.record({ startMs: fc.integer({ min: 0, max: 3_000 }), fails: fc.integer({ min: 0, max: 9_000 }) }) },
);

const config = (failureAction: RolloutConfig['failureAction'][]): fc.Arbitrary<Partial<RolloutConfig>> =>
  fc.record({
    parallelism: fc.integer({ min: 0, max: 4 }),
    delayMs: fc.constantFrom(0, 1_000, 7_000),
    monitorMs: fc.constantFrom(1_000, 5_000, 8_000),
    maxFailureRatio: fc.constantFrom(0, 0.2, 0.5, 1),
    failureAction: fc.constantFrom(...failureAction),
  });

const runs = (actions: RolloutConfig['failureAction'][], check: (model: Model, end: string | undefined) => void): void => {
  fc.assert(
    fc.property(config(actions), fc.array(behaviour, { minLength: 1, maxLength: 9 }), (settings, behaviours) => {
      const model = new Model(settings, behaviours);
      check(model, model.run());
    }),
    { numRuns: 60 },
  );
};

describe('a rollout, whatever its settings and whatever its tasks do', () => {
  it('never has more than parallelism tasks under way', () => {
    runs(['pause', 'continue', 'rollback'], (model) => {
      if (model.config.parallelism > 0) expect(model.mostInProgress).to.be.at.most(model.config.parallelism);
    });
  });

  it('never takes down more than parallelism and the failures it may have', () => {
    runs(['pause', 'rollback'], (model) => {
      const { parallelism, maxFailureRatio } = model.config;
      const total = model.slots.length;
      if (parallelism === 0) return;
      // Those that fail after they were watched are beyond what it can know.
      const late = model.slots.filter(({ behaviour: { fails } }) => typeof fails === 'number').length;
      expect(model.fewestServing).to.be.at.least(total - parallelism - Math.floor(maxFailureRatio * total) - late);
    });
  });

  it('comes to an end, and completes where nothing fails', () => {
    runs(['pause', 'continue', 'rollback'], (model, end) => {
      expect(end).to.not.equal('endless');
      if (model.slots.every((slot) => slot.behaviour.fails === undefined)) expect(end).to.equal('completed');
      if (model.config.failureAction === 'pause') expect(end).to.be.oneOf(['paused', 'completed']);
      if (model.config.failureAction === 'continue') expect(end).to.equal('completed');
    });
  });

  it('decides the same from the same, and goes on right from what is stored (invariant 1)', () => {
    fc.assert(
      fc.property(config(['pause', 'rollback']), fc.array(behaviour, { minLength: 1, maxLength: 6 }), (settings, behaviours) => {
        const [one, other] = [new Model(settings, behaviours), new Model(settings, behaviours)];
        for (let count = 0; count < 60; count += 1) {
          // The other has its controller killed between any two steps: all it has is what was stored.
          other.state = other.state === undefined ? undefined : (JSON.parse(JSON.stringify(other.state)) as typeof other.state);
          expect(JSON.stringify(one.step())).to.equal(JSON.stringify(other.step()));
          one.now += 400;
          other.now += 400;
        }
      }),
      { numRuns: 25 },
    );
  });
});
