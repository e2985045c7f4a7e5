import { expect } from 'chai';
import type { Hosts } from '../../lib/ports/hosts.ts';
import type { Store } from '../../lib/ports/store.ts';
import type { ServiceSpec } from '../../lib/types/generated.ts';
import type { FakeHosts } from '../fakes/hosts.ts';
import { withDocker } from '../fakes/intercept.ts';
import { healthcheck, IMAGE, IMAGE_2, service, World } from '../controllers/harness.ts';

const WRITES = ['createContainer', 'startContainer', 'stopContainer', 'removeContainer', 'commit'];

/** The n-th write of the controller is applied, and its process is gone before the answer comes. */
class Killer {
  count = 0;
  at: number;
  isArmed = false;
  isDead = false;

  constructor(at: number) {
    this.at = at;
  }

  guard<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (inner, property): unknown => {
        const member = Reflect.get(inner, property) as unknown;
        if (typeof member !== 'function') return member;
        const call = (...args: unknown[]): unknown => Reflect.apply(member as (...all: unknown[]) => unknown, inner, args);
        return WRITES.includes(String(property)) ? (...args: unknown[]): unknown => this.#write(() => call(...args)) : call;
      },
    });
  }

  async #write(call: () => unknown): Promise<unknown> {
    const given = call();
    if (!this.isArmed) return given;
    this.count += 1;
    const result = await (given as Promise<unknown>);
    if (this.count < this.at || this.isDead) return result;
    this.isArmed = false;
    this.isDead = true;
    return new Promise(() => undefined);
  }
}

const base = service('x').spec;
const rolling = { replicas: 4, update: { ...base.update, parallelism: 2, delay: '1s' } };
const failing = { replicas: 4, update: { ...base.update, parallelism: 2, failureAction: 'rollback', progressDeadline: '20s' } } as const;

const SCENARIOS: { name: string; from: Partial<ServiceSpec>; to: Partial<ServiceSpec>; image: string; state: string }[] = [
  { name: 'a rollout', from: rolling, to: { ...rolling, image: IMAGE_2 }, image: IMAGE_2, state: 'completed' },
  { name: 'a rollback', from: failing, to: { ...failing, image: IMAGE_2, healthcheck }, image: IMAGE, state: 'rollback_completed' },
];

async function arrange(killer: Killer, kind: 'docker' | 'store', from: Partial<ServiceSpec>): Promise<{ world: World; inner: Store }> {
  const wrap = (hosts: FakeHosts): Hosts => withDocker(hosts, (docker) => killer.guard(docker));
  const latency = { create: 20, start: 50, stop: 50, remove: 20 };
  const world = await World.create({ engine: { healthAfter: 'manual', latency }, ...(kind === 'docker' ? { wrap } : {}) });
  await world.apply(service('web', from));
  await world.settle();
  const inner = world.store;
  if (kind === 'store') {
    await world.stopController();
    Object.assign(world, { store: killer.guard(inner) });
    world.startController();
    await world.settle(1_000);
    Object.assign(world, { store: inner });
  }
  return { world, inner };
}

for (const scenario of SCENARIOS) {
  for (const kind of ['docker', 'store'] as const) {
    describe(`${scenario.name}, with the controller killed right after a write to ${kind === 'docker' ? 'an engine' : 'the store'}`, () => {
      for (let n = 1; n <= 10; n += 1) {
        it(`goes on right after write ${n} (invariant 8)`, async () => {
          const killer = new Killer(n);
          const { world } = await arrange(killer, kind, scenario.from);
          await world.apply(service('web', scenario.to));
          killer.isArmed = true;
          let fewest = Infinity;
          for (let waited = 0; waited < 60_000 && !killer.isDead; waited += 100) {
            await world.settle(100);
            fewest = Math.min(fewest, world.containers('running').length);
          }
          expect(killer.isDead).to.equal(true);
          await world.stopController();
          world.startController();
          for (let waited = 0; waited < 60_000; waited += 500) {
            await world.settle(500);
            fewest = Math.min(fewest, world.containers('running').length);
          }
          expect(world.containers().map(({ container }) => container.config.Image)).to.deep.equal(Array(4).fill(scenario.image));
          expect(world.service('web').status?.update).to.include({ state: scenario.state });
          expect(fewest).to.be.at.least(2);
          await world.expectQuiet();
        });
      }
    });
  }
}
