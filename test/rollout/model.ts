import { nextRollout } from '../../lib/rollout/step.ts';
import type { RolloutConfig, UpdateStatus } from '../../lib/rollout/config.ts';
import type { RolloutInput, RolloutSlot, RolloutStep } from '../../lib/rollout/types.ts';

export const CONFIG: RolloutConfig = {
  parallelism: 1,
  delayMs: 0,
  monitorMs: 5_000,
  maxFailureRatio: 0,
  failureAction: 'pause',
  progressDeadlineMs: 600_000,
};

export const NEW = 'v1:new';
export const OLD = 'v1:old';

/** How the new task of a slot behaves: ready after so long, and for good or for so long. */
export interface Behaviour {
  startMs: number;
  /** Fails instead of running, or after it ran for so long. */
  fails?: 'never-runs' | number;
}

interface Slot {
  spec: string;
  begunAt?: number;
  behaviour: Behaviour;
}

/** Slots that obey the steps, in virtual time: what the hosts would do. */
export class Model {
  now = 1_000_000;
  state: UpdateStatus | undefined;
  readonly config: RolloutConfig;
  readonly slots: Slot[];
  /** Most slots at a time whose new task was neither ready nor failed. */
  mostInProgress = 0;
  fewestServing = Infinity;

  constructor(config: Partial<RolloutConfig>, behaviours: readonly Behaviour[]) {
    this.config = { ...CONFIG, ...config };
    this.slots = behaviours.map((behaviour) => ({ spec: OLD, behaviour }));
  }

  input(): RolloutInput {
    const isBack = this.state?.state?.startsWith('rollback') === true;
    return {
      state: this.state,
      target: isBack ? { specHash: OLD, generation: 2, failedSpecHash: NEW } : { specHash: NEW, generation: 2 },
      previous: isBack ? undefined : OLD,
      config: isBack ? { ...this.config, failureAction: 'pause' } : this.config,
      held: false,
      slots: this.slots.map((slot, index) => this.view(slot, String(index + 1), isBack ? OLD : NEW)),
      now: this.now,
    };
  }

  view(slot: Slot, name: string, target: string): RolloutSlot {
    const base = { slot: name, dirty: slot.spec !== target, free: true, busy: false, broken: false, vacant: false };
    return base.dirty ? base : { ...base, current: { name: `web.${name}.x`, phase: this.phase(slot), endedEarly: false } };
  }

  phase({ spec, begunAt, behaviour }: Slot): 'pending' | 'running' | 'failed' {
    if (spec === OLD || begunAt === undefined) return 'running';
    const age = this.now - begunAt - behaviour.startMs;
    if (age < 0) return 'pending';
    if (behaviour.fails === 'never-runs') return 'failed';
    return behaviour.fails !== undefined && age >= behaviour.fails ? 'failed' : 'running';
  }

  step(): RolloutStep {
    const step = nextRollout(this.input());
    this.state = step.state;
    const target = step.state?.specHash ?? NEW;
    for (const name of step.begin) Object.assign(this.slots[Number(name) - 1] ?? {}, { spec: target, begunAt: this.now });
    const phases = this.slots.map((slot) => this.phase(slot));
    this.mostInProgress = Math.max(this.mostInProgress, phases.filter((phase) => phase === 'pending').length);
    this.fewestServing = Math.min(this.fewestServing, phases.filter((phase) => phase === 'running').length);
    return step;
  }

  /** Until it is over, at most so many steps of 500 ms. */
  run(most = 10_000): string | undefined {
    for (let count = 0; count < most; count += 1) {
      this.step();
      if (this.state?.state?.match(/completed|paused/) !== null) return this.state?.state;
      this.now += 500;
    }
    return 'endless';
  }
}
