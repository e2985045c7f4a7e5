import { expect } from 'chai';
import fc from 'fast-check';
import { cronJobStatus, planCronJob, type CronInput, type CronPlan } from '../../lib/cron/plan.ts';
import type { Run } from '../../lib/cron/runs.ts';
import type { CronJobSpec } from '../../lib/types/generated.ts';
import type { StoredCronJob } from '../../lib/types/objects.ts';
import { cronJob } from '../controllers/cron-world.ts';

const START = Date.parse('2026-01-01T00:00:30Z');

/** A CronJob, its runs and a clock; whoever drives it may die before a plan is carried out, or never carry it out twice. */
class Model {
  object: StoredCronJob;
  runs: Run[] = [];
  now = START;
  readonly started: string[] = [];

  constructor(spec: Partial<CronJobSpec>) {
    this.object = cronJob(spec);
  }

  get input(): CronInput {
    return { cronJob: this.object, runs: this.runs, isTaken: () => false, now: this.now };
  }

  plan(): CronPlan {
    return planCronJob(this.input);
  }

  pass(): CronPlan {
    const plan = this.plan();
    const status = cronJobStatus({ ...this.input, plan });
    const gone = new Set(plan.remove.map(({ name }) => name));
    this.runs = this.runs.filter(({ name }) => !gone.has(name));
    if (plan.start !== undefined) {
      this.started.push(plan.start.name);
      this.runs.push({ ...plan.start, state: 'active' });
    }
    this.object = { ...this.object, status };
    return plan;
  }

  get active(): number {
    return this.runs.filter(({ state }) => state === 'active').length;
  }

  end(state: 'complete' | 'failed'): void {
    const index = this.runs.findIndex((run) => run.state === 'active');
    if (index >= 0) this.runs = this.runs.map((run, place) => (place === index ? { ...run, state } : run));
  }
}

type Move = { pass: true } | { turn: number } | { end: 'complete' | 'failed' } | { suspend: boolean };

const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.oneof(
    fc.constant({ pass: true } as const),
    // The wall clock may be set back, too.
    fc.integer({ min: -100, max: 400 }).map((seconds) => ({ turn: seconds * 1000 })),
    fc.constantFrom({ end: 'complete' } as const, { end: 'failed' } as const),
    fc.boolean().map((suspend) => ({ suspend })),
  ),
  { maxLength: 60 },
);

const specs = fc.record(
  {
    concurrencyPolicy: fc.constantFrom('Allow' as const, 'Forbid' as const, 'Replace' as const),
    schedule: fc.constantFrom('* * * * *', '*/3 * * * *', '*/15 * * * * *'),
    successfulJobsHistoryLimit: fc.nat(3),
    failedJobsHistoryLimit: fc.nat(2),
    startingDeadline: fc.constantFrom('1s', '30s', '5m'),
  },
  { requiredKeys: ['concurrencyPolicy', 'schedule', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'] },
);

function carryOut(model: Model, move: Move): void {
  if ('pass' in move) model.pass();
  else if ('turn' in move) model.now += move.turn;
  else if ('end' in move) model.end(move.end);
  else model.object = { ...model.object, spec: { ...model.object.spec, suspend: move.suspend } };
}

describe('planning a cron job, whatever happens', () => {
  it('is the same for the same input, and has nothing to begin right after it was carried out (invariant 1)', () => {
    fc.assert(
      fc.property(specs, moves, (spec, list) => {
        const model = new Model(spec);
        for (const move of list) carryOut(model, move);
        expect(model.plan()).to.deep.equal(model.plan());
        model.pass();
        // History that the pass had just made too long goes with the next.
        model.pass();
        const { object } = model;
        expect(model.pass()).to.deep.include({ remove: [], missed: 0 }).and.not.property('start');
        expect(model.object).to.deep.equal(object);
      }),
    );
  });

  it('runs no time twice, with Forbid and Replace never two at a time, and keeps no more than its limits say', () => {
    fc.assert(
      fc.property(specs, moves, (spec, list) => {
        const model = new Model(spec);
        for (const move of list) {
          carryOut(model, move);
          if (spec.concurrencyPolicy !== 'Allow') expect(model.active).to.be.at.most(1);
          if (!('pass' in move)) continue;
          const count = (state: Run['state']): number => model.runs.filter((run) => run.state === state).length;
          expect(count('complete')).to.be.at.most(spec.successfulJobsHistoryLimit);
          expect(count('failed')).to.be.at.most(spec.failedJobsHistoryLimit);
        }
        expect(new Set(model.started).size).to.equal(model.started.length);
      }),
      { numRuns: 300 },
    );
  });

  it('begins no run later than its deadline, and none before its time', () => {
    fc.assert(
      fc.property(moves, (list) => {
        const model = new Model({ startingDeadline: '30s', concurrencyPolicy: 'Forbid' });
        for (const move of list) {
          carryOut(model, move);
          const { start } = model.plan();
          if (start !== undefined) expect(model.now - start.time).to.be.within(0, 30_000);
        }
      }),
    );
  });
});
