import { Dice } from './dice.ts';
import { PASS, type EventFate, type Fate, type FateSource, type PlaneFate, type SimCall } from './fate.ts';

const CLASSES = [
  'jobs',
  'plane',
  'acks',
  'slow',
  'refuse',
  'drop',
  'lost',
  'late',
  'kill',
  'events',
  'nodes',
  'hosts',
  'engines',
  'freeze',
  'operators',
  'pulls',
  'disks',
  'ports',
  'restarts',
] as const;
/** What a seed has beside users of services. */
export type FaultClass = (typeof CLASSES)[number];

/** `plane`: services are in networks, and planes lead to them; `acks`: these refuse, are slow, or are not heard. */
export const hasPlane = ({ classes }: Profile): boolean => classes.has('plane');

/** Those that take no running task away, and let none start once nobody waits for it. */
const MILD: ReadonlySet<FaultClass> = new Set([
  'jobs',
  'plane',
  'acks',
  'slow',
  'refuse',
  'drop',
  'lost',
  'kill',
  'events',
  'nodes',
  'pulls',
  'disks',
  'restarts',
]);

/** Which faults a seed has. Not all at once: rare combinations are met sooner when most seeds know only a few kinds (swarm testing). */
export interface Profile {
  /** No faults at all, only slow answers. */
  calm: boolean;
  classes: ReadonlySet<FaultClass>;
}

export const KIND: Profile = { calm: true, classes: new Set() };

export function drawProfile(dice: Dice): Profile {
  if (dice.chance(0.15))
    return { ...KIND, classes: new Set(dice.pick([['slow'], ['slow', 'nodes'], ['slow', 'jobs'], ['slow', 'plane']] as const)) };
  const isMild = dice.chance(0.4);
  const classes = CLASSES.filter((name) => !isMild || MILD.has(name)).filter(() => dice.chance(isMild ? 0.4 : 0.3));
  return { calm: false, classes: new Set(classes) };
}

/** Draws each call's fate. */
export class RandomFates implements FateSource {
  readonly #dice: Dice;
  readonly #classes: ReadonlySet<FaultClass>;
  /** Milliseconds until the faults stop. */
  readonly #left: () => number;

  constructor(seed: number, profile: Profile, left: () => number) {
    this.#dice = new Dice(seed);
    this.#classes = profile.classes;
    this.#left = left;
  }

  call(call: SimCall): Fate {
    const left = this.#left();
    if (left <= 0) return PASS;
    return this.#fault(call, left) ?? this.#latency(call);
  }

  plane(): PlaneFate {
    const left = this.#left();
    if (left <= 0) return PASS;
    const has = (name: FaultClass, probability: number): boolean => this.#classes.has(name) && this.#dice.chance(probability);
    if (has('acks', 0.05)) return { kind: 'refuse' };
    if (has('acks', 0.05)) return { kind: 'lost' };
    if (has('acks', 0.3) || has('slow', 0.3))
      return { kind: 'pass', before: this.#dice.between(0, 500), after: this.#dice.between(0, 2_000) };
    return PASS;
  }

  event(): EventFate {
    if (!this.#classes.has('events') || this.#left() <= 0) return { kind: 'pass' };
    if (this.#dice.chance(0.15)) return { kind: 'drop' };
    if (this.#dice.chance(0.15)) return { kind: 'twice' };
    return this.#dice.chance(0.2) ? { kind: 'delay', ms: this.#dice.between(1, 3_000) } : { kind: 'pass' };
  }

  #fault(call: SimCall, left: number): Fate | undefined {
    const has = (name: FaultClass, probability: number): boolean => this.#classes.has(name) && this.#dice.chance(probability);
    if (has('refuse', 0.06)) return { kind: 'refuse' };
    if (has('drop', 0.04)) return { kind: 'drop' };
    if (!call.mutating) return undefined;
    if (has('lost', 0.1)) return { kind: 'lost' };
    if (has('kill', 0.06)) return { kind: 'kill' };
    return has('late', 0.06) ? { kind: 'late', by: this.#dice.between(0, Math.min(left, 20_000)) } : undefined;
  }

  #latency(call: SimCall): Fate {
    if (!this.#classes.has('slow')) return PASS;
    const most = call.op === 'startContainer' ? 2_000 : 300;
    const slow = this.#dice.chance(0.05) ? 4 : 1;
    return { kind: 'pass', before: this.#dice.between(0, most) * slow, after: this.#dice.between(0, 100) * slow };
  }
}
