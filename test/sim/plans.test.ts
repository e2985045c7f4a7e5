import { expect } from 'chai';
import type { ServiceSpec } from '../../lib/types/generated.ts';
import { service } from '../controllers/harness.ts';
import { PASS, type EventFate, type Fate, type FateSource, type SimCall } from './fate.ts';
import { settle } from './run.ts';
import { IMAGES } from './images.ts';
import { SimWorld } from './world.ts';

interface Workload {
  name: string;
  /** The last spec of each is what is wanted; undefined: deleted. */
  specs: (Partial<ServiceSpec> | undefined)[];
}

const update = { ...service('web').spec.update, failureAction: 'continue' as const };

const WORKLOADS: Workload[] = [
  { name: 'create', specs: [{ replicas: 2, update }] },
  {
    name: 'scale up and down',
    specs: [
      { replicas: 1, update },
      { replicas: 3, update },
      { replicas: 1, update },
    ],
  },
  {
    name: 'rollout, stop first',
    specs: [
      { replicas: 2, update },
      { replicas: 2, image: IMAGES[1], update },
    ],
  },
  {
    name: 'rollout, start first',
    specs: [
      { replicas: 2, update: { ...update, order: 'start-first' } },
      { replicas: 2, image: IMAGES[1], update: { ...update, order: 'start-first' } },
    ],
  },
  {
    name: 'rollout and back',
    specs: [
      { replicas: 2, update },
      { replicas: 2, image: IMAGES[1], update },
      { replicas: 2, update },
    ],
  },
  { name: 'delete', specs: [{ replicas: 2, update }, undefined] },
];

/** Sieve's patterns, and those of lost and late answers: what happens at the n-th call of a kind. */
const PLANS: Record<string, { on: (call: SimCall) => boolean; fate: Fate }> = {
  'the controller killed after': { on: (call) => call.mutating, fate: { kind: 'kill' } },
  'the answer lost of': { on: (call) => call.mutating, fate: { kind: 'lost' } },
  'the engine late with': { on: (call) => call.mutating, fate: { kind: 'late', by: 2_000 } },
  'a refusal of': { on: (call) => call.mutating, fate: { kind: 'refuse' } },
  'an old list at': { on: (call) => call.op === 'listContainers', fate: { kind: 'pass', before: 0, after: 3_000 } },
  'no list at': { on: (call) => call.op === 'listContainers', fate: { kind: 'drop' } },
};

/** One fault at the n-th call that it concerns; counts how many there were. */
class PlannedFates implements FateSource {
  seen = 0;
  readonly #plan: { on: (call: SimCall) => boolean; fate: Fate };
  readonly #at: number;

  constructor(plan: { on: (call: SimCall) => boolean; fate: Fate }, at: number) {
    this.#plan = plan;
    this.#at = at;
  }

  call(call: SimCall): Fate {
    if (!this.#plan.on(call)) return PASS;
    this.seen += 1;
    return this.seen === this.#at ? this.#plan.fate : PASS;
  }

  event(): EventFate {
    return { kind: 'pass' };
  }
}

/** Milliseconds from one change to the next: some plans meet it at rest, some at work. */
const PAUSE_MS = 4_000;

async function play(workload: Workload, fates: PlannedFates): Promise<{ problems: string[]; trace: readonly string[] }> {
  const world = new SimWorld({ seed: 1, hosts: 2, profile: { calm: false, isSteady: false, classes: new Set() } });
  world.fates = fates;
  await world.begin();
  for (const spec of workload.specs) {
    if (spec === undefined) await world.delete('web');
    else await world.apply(service('web', spec));
    await world.clock.advance(PAUSE_MS);
  }
  const { problems } = await settle(world);
  return { problems: [...world.monitor.violations, ...problems], trace: world.trace };
}

for (const workload of WORKLOADS) {
  describe(`${workload.name}, disturbed at each call in turn`, () => {
    for (const [name, plan] of Object.entries(PLANS)) {
      it(`ends right with ${name} them (fault 42, fault 80)`, async () => {
        const reference = new PlannedFates(plan, 0);
        expect((await play(workload, reference)).problems).to.deep.equal([]);
        expect(reference.seen).to.be.greaterThan(0);
        for (let at = 1; at <= reference.seen; at += 1) {
          const { problems, trace } = await play(workload, new PlannedFates(plan, at));
          expect(problems, `call ${at}:\n${trace.join('\n')}`).to.deep.equal([]);
        }
      });
    }
  });
}
