import { expect } from 'chai';
import { rolloutConfig } from '../../lib/rollout/config.ts';
import { nextRollout } from '../../lib/rollout/step.ts';
import type { RolloutInput, RolloutSlot } from '../../lib/rollout/types.ts';
import { service } from '../controllers/harness.ts';
import { CONFIG, Model, NEW, OLD } from './model.ts';

const dirty = (slot: string, more: Partial<RolloutSlot> = {}): RolloutSlot => ({
  slot,
  dirty: true,
  free: true,
  busy: false,
  broken: false,
  vacant: false,
  ...more,
});
const done = (slot: string): RolloutSlot => ({
  ...dirty(slot),
  dirty: false,
  current: { name: `web.${slot}.x`, phase: 'running', endedEarly: false },
});
const input = (more: Partial<RolloutInput>): RolloutInput => ({
  state: undefined,
  target: { specHash: NEW, generation: 2 },
  previous: OLD,
  config: CONFIG,
  held: false,
  slots: [dirty('1'), dirty('2'), dirty('3')],
  now: 1_000_000,
  ...more,
});
const good = { startMs: 1_000 };
const bad = { startMs: 1_000, fails: 'never-runs' } as const;

describe('one step of a rollout', () => {
  it('is no rollout where nothing is to change', () => {
    expect(nextRollout(input({ slots: [done('1')] }))).to.deep.equal({ state: undefined, begin: [], rollBack: false });
  });

  for (const [parallelism, begun] of [
    [1, ['1']],
    [2, ['1', '2']],
    [0, ['1', '2', '3']],
    [9, ['1', '2', '3']],
  ] as const) {
    it(`begins ${begun.length} of 3 with parallelism ${parallelism}`, () => {
      const step = nextRollout(input({ config: { ...CONFIG, parallelism } }));
      expect(step.begin).to.deep.equal(begun);
      expect(step.state).to.include({ state: 'updating', total: 3, started: begun.length, message: 'update in progress' });
    });
  }

  it('begins with what does not serve', () => {
    expect(nextRollout(input({ slots: [dirty('1'), dirty('2', { broken: true })] })).begin).to.deep.equal(['2']);
  });

  it('begins slots whose last task of the target ended when they were given something else, as in a rollback', () => {
    const current = { name: 'web.1.x', phase: 'failed', endedEarly: true } as const;
    const slots = [dirty('1', { broken: true, current }), dirty('2', { broken: true, current }), dirty('3')];
    expect(nextRollout(input({ slots })).begin).to.deep.equal(['1']);
    expect(nextRollout(input({ slots, config: { ...CONFIG, parallelism: 2 } })).begin).to.deep.equal(['1', '2']);
  });

  it('takes nothing down while a slot is down that has lost its earlier task, unless failures are passed over', () => {
    const vacant: RolloutSlot = { ...dirty('1'), dirty: false, vacant: true };
    expect(nextRollout(input({ slots: [vacant, dirty('2'), dirty('3')] })).begin).to.deep.equal([]);
    expect(nextRollout(input({ slots: [vacant, dirty('2'), dirty('3')], config: { ...CONFIG, parallelism: 2 } })).begin).to.deep.equal([
      '2',
    ]);
    const config = { ...CONFIG, failureAction: 'continue' } as const;
    expect(nextRollout(input({ slots: [vacant, dirty('2'), dirty('3')], config })).begin).to.deep.equal(['2']);
  });

  it('leaves slots alone whose chain runs', () => {
    expect(nextRollout(input({ slots: [dirty('1', { free: false, busy: true }), dirty('2')] })).begin).to.deep.equal([]);
  });

  it('counts a failure once, however long the task goes on failing', () => {
    const model = new Model({ maxFailureRatio: 0.5 }, [bad, good, good, good]);
    expect(model.run()).to.equal('completed');
    expect(model.state).to.include({ failures: 1, started: 4 });
  });

  for (const [ratio, end, failures] of [
    [0.24, 'paused', 1],
    [0.25, 'paused', 2],
    [0.5, 'completed', 2],
  ] as const) {
    it(`allows failures up to the ratio and not beyond: 2 of 4 with ${ratio} end ${end}`, () => {
      const model = new Model({ maxFailureRatio: ratio }, [bad, bad, good, good]);
      expect(model.run()).to.equal(end);
      expect(model.state?.failures).to.equal(failures);
    });
  }

  it('counts what fails within monitor of running, and no later', () => {
    const early = new Model({ monitorMs: 5_000 }, [{ startMs: 0, fails: 4_500 }]);
    expect(early.run()).to.equal('paused');
    const late = new Model({ monitorMs: 5_000 }, [{ startMs: 0, fails: 5_500 }]);
    expect(late.run()).to.equal('completed');
  });

  it('counts a task that ended well, and one that the engine restarted, as ended early', () => {
    const begun = nextRollout(input({ slots: [dirty('1')] }));
    const current = { name: 'web.1.x', phase: 'running', endedEarly: true } as const;
    const next = nextRollout(input({ state: begun.state, slots: [{ ...done('1'), current }] }));
    expect(next.state).to.include({
      state: 'paused',
      failures: 1,
      message: 'update paused due to failure or early termination of task web.1.x',
    });
  });

  it('moves on from a slot whose node cannot be reached', () => {
    const begun = nextRollout(input({ slots: [dirty('1'), dirty('2')] }));
    const lost = { ...done('1'), current: { name: 'web.1.x', phase: 'lost', endedEarly: false } as const };
    expect(nextRollout(input({ state: begun.state, slots: [lost, dirty('2')] })).begin).to.deep.equal(['2']);
  });

  it('pauses where a rollback has nowhere to lead', () => {
    const model = new Model({ failureAction: 'rollback' }, [bad]);
    const step = (): ReturnType<typeof nextRollout> => nextRollout({ ...model.input(), previous: undefined });
    for (let count = 0; count < 3; count += 1) {
      const { state, begin } = step();
      model.state = state;
      if (begin.length > 0) Object.assign(model.slots[0] ?? {}, { spec: NEW, begunAt: model.now });
      model.now += 1_000;
    }
    expect(model.state).to.include({ state: 'paused' });
  });

  it('rolls back in Swarm’s words, and then plans anew', () => {
    const model = new Model({ failureAction: 'rollback' }, [bad, good]);
    let step = model.step();
    while (!step.rollBack) {
      model.now += 500;
      step = model.step();
    }
    expect(step).to.deep.include({ begin: [], requeueAfterMs: 0 });
    expect(step.state).to.include({
      state: 'rollback_started',
      message: 'update rolled back due to failure or early termination of task web.1.x',
      specHash: OLD,
      failedSpecHash: NEW,
      failedGeneration: 2,
    });
    expect(model.run()).to.equal('rollback_completed');
    expect(model.slots.map((slot) => slot.spec)).to.deep.equal([OLD, OLD]);
  });

  it('stays paused under the same generation, and starts again with the next', () => {
    const model = new Model({}, [bad, good]);
    model.run();
    const paused = model.state;
    const later = { ...model.input(), now: model.now + 3_600_000 };
    expect(nextRollout(later)).to.deep.equal({ state: paused, begin: [], rollBack: false });
    expect(nextRollout({ ...later, target: { specHash: NEW, generation: 3 } }).state).to.include({ state: 'updating', total: 1 });
  });

  it('tells when to look again', () => {
    const config = { ...CONFIG, delayMs: 2_000 };
    const begun = nextRollout(input({ config, slots: [dirty('1'), dirty('2')] }));
    expect(begun.requeueAfterMs).to.equal(600_000);
    const next = nextRollout(input({ config, state: begun.state, slots: [done('1'), dirty('2')] }));
    expect(next).to.deep.include({ begin: [], requeueAfterMs: 2_000 });
  });

  it('takes its settings from the spec; failures are watched for longer than the delay, as in Swarm', () => {
    const { update } = service('web').spec;
    expect(rolloutConfig(update)).to.include({ delayMs: 0, monitorMs: 5_000, progressDeadlineMs: 600_000 });
    expect(rolloutConfig({ ...update, delay: '1m' }).monitorMs).to.equal(61_000);
  });
});
