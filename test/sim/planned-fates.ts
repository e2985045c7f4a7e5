import { PASS, type EventFate, type Fate, type FateSource, type PlaneFate, type SimCall } from './fate.ts';

/** What happens at the n-th call of a kind. */
export interface Plan {
  name: string;
  on: (call: SimCall) => boolean;
  fate: Fate;
}

const changes = (call: SimCall): boolean => call.mutating;
const lists = (call: SimCall): boolean => call.op === 'listContainers';

/** Sieve's patterns, and those of lost and late answers. */
export const PLANS: readonly Plan[] = [
  { name: 'the controller killed after', on: changes, fate: { kind: 'kill' } },
  { name: 'the answer lost of', on: changes, fate: { kind: 'lost' } },
  { name: 'the engine late with', on: changes, fate: { kind: 'late', by: 2_000 } },
  { name: 'a refusal of', on: changes, fate: { kind: 'refuse' } },
  { name: 'an old list at', on: lists, fate: { kind: 'pass', before: 0, after: 3_000 } },
  { name: 'no list at', on: lists, fate: { kind: 'drop' } },
];

/** One fault at the n-th call that it concerns (0: none); counts how many there were. */
export class PlannedFates implements FateSource {
  seen = 0;
  readonly #plan: Plan;
  readonly #at: number;

  constructor(plan: Plan, at: number) {
    this.#plan = plan;
    this.#at = at;
  }

  call(call: SimCall): Fate {
    if (!this.#plan.on(call)) return PASS;
    this.seen += 1;
    return this.seen === this.#at ? this.#plan.fate : PASS;
  }

  plane(): PlaneFate {
    return PASS;
  }

  event(): EventFate {
    return { kind: 'pass' };
  }
}
