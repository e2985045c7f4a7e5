import { expect } from 'chai';
import { PLANS, PlannedFates, type Plan } from './planned-fates.ts';
import { settle } from './run.ts';
import { JOBS, MIXED, SERVED, WORKLOADS, type Workload } from './workloads.ts';
import { SimWorld } from './world.ts';

/** Milliseconds from one change to the next: some plans meet it at rest, some at work. */
const PAUSE_MS = 4_000;

async function play(workload: Workload, plan: Plan, at: number): Promise<{ problems: string[]; trace: readonly string[]; seen: number }> {
  const isServed = SERVED.includes(workload);
  const world = new SimWorld({
    seed: 1,
    hosts: workload.hosts ?? 2,
    profile: { calm: false, classes: new Set(isServed ? ['plane'] : []) },
  });
  const fates = new PlannedFates(plan, at);
  world.fates = fates;
  await world.begin();
  for (const step of workload.steps) {
    await step(world);
    await world.clock.advance(PAUSE_MS);
  }
  const { problems } = await settle(world);
  return { problems: [...world.monitor.violations, ...problems], trace: world.trace, seen: fates.seen };
}

async function playAll(workload: Workload, plan: Plan): Promise<void> {
  const { problems: undisturbed, seen, trace: calm } = await play(workload, plan, 0);
  expect(undisturbed, calm.join('\n')).to.deep.equal([]);
  expect(seen).to.be.greaterThan(0);
  for (let at = 1; at <= seen; at += 1) {
    const { problems, trace } = await play(workload, plan, at);
    expect(problems, `${plan.name} call ${at}:\n${trace.join('\n')}`).to.deep.equal([]);
  }
}

describe('each call of a workload disturbed in turn', () => {
  for (const workload of WORKLOADS) {
    for (const plan of PLANS) it(`${workload.name} ends right with ${plan.name} each (fault 42, fault 80)`, () => playAll(workload, plan));
  }
  for (const workload of SERVED) {
    for (const plan of PLANS)
      it(`${workload.name} leads nobody to what is stopped with ${plan.name} each (fault 80, fault 42)`, () => playAll(workload, plan));
  }
  for (const workload of JOBS) {
    for (const plan of PLANS)
      it(`${workload.name} is done once with ${plan.name} each (fault 80, fault 42)`, () => playAll(workload, plan));
  }
  for (const workload of MIXED) {
    for (const plan of PLANS) it(`${workload.name} ends right with ${plan.name} each (fault 80, fault 91)`, () => playAll(workload, plan));
  }
});
