import { Actors } from './actors.ts';
import { Dice } from './dice.ts';
import { kindFate } from './fate.ts';
import { differences } from './oracle.ts';
import { drawProfile, RandomFates, type Profile } from './profile.ts';
import { RESYNC_MS, SimWorld } from './world.ts';

export interface RunResult {
  seed: number;
  profile: Profile;
  problems: string[];
  trace: readonly string[];
  /** Virtual ms from the end of the faults to the last change. */
  convergedAfter: number;
}

/** After the faults stop, all is as wanted within this, ms: the longest deadline, the longest backoff (60 s), one relist, and the work. */
export const BOUND_MS = 120_000;
const STEP_MS = 500;
const RESYNCS = 5;

/** One simulation from its seed alone. */
export async function runSeed(seed: number): Promise<RunResult> {
  const dice = new Dice(seed);
  const profile = drawProfile(dice);
  const world = new SimWorld({ seed: dice.fork(), profile, hosts: dice.between(1, 3) });
  const end = dice.between(10, 60) * 1_000;
  const actors = new Actors(world, new Dice(dice.fork()), end);
  world.note(`seed ${seed}: ${profile.calm ? 'calm' : [...profile.classes].join(' ')}, ${world.names.length} hosts, faults for ${end} ms`);
  world.fates = new RandomFates(dice.fork(), profile, () => end - world.clock.monotonic());
  const killer = new Dice(dice.fork());
  world.diesCommitting = () => profile.classes.has('kill') && world.clock.monotonic() < end && killer.chance(0.02);
  await world.begin();
  await actors.users.apply('web');
  await disturb({ world, actors, dice: new Dice(dice.fork()), end });
  world.fates = kindFate;
  await actors.mend();
  world.note('faults are over');
  const { problems, convergedAfter } = await settle(world, () => actors.users.lookAfter());
  return { seed, profile, problems: [...world.monitor.violations, ...problems], trace: world.trace, convergedAfter };
}

async function disturb({ world, actors, dice, end }: { world: SimWorld; actors: Actors; dice: Dice; end: number }): Promise<void> {
  const calmPause = world.profile.calm ? 8_000 : 0;
  while (world.clock.monotonic() < end) {
    const pause = calmPause + (dice.chance(0.3) ? dice.between(0, 400) : dice.between(400, 8_000));
    await world.clock.advance(Math.min(pause, end - world.clock.monotonic()));
    if (world.clock.monotonic() >= end) break;
    if (world.isControllerUp || dice.chance(0.5)) await actors.act();
    else world.startController();
  }
}

/** Eventually stable reconciliation: within the bound all is as wanted, and then resyncs change nothing (invariant 12). */
export async function settle(world: SimWorld, lookAfter?: () => Promise<void>): Promise<{ problems: string[]; convergedAfter: number }> {
  const start = world.clock.monotonic();
  for (;;) {
    let found = differences(world);
    while (found.length > 0 && world.clock.monotonic() - start < BOUND_MS) {
      await world.clock.advance(STEP_MS);
      await lookAfter?.();
      found = differences(world);
    }
    const at = world.clock.monotonic() - start;
    if (found.length > 0) return { problems: found.map((text) => `after ${at} ms: ${text}`), convergedAfter: at };
    const before = world.mutations;
    await world.clock.advance(RESYNCS * RESYNC_MS + STEP_MS);
    const quiet = world.mutations === before;
    if (quiet && differences(world).length === 0) return { problems: [], convergedAfter: at };
    if (at >= BOUND_MS || world.clock.monotonic() - start > BOUND_MS + RESYNCS * RESYNC_MS)
      return { problems: [`not quiet after ${at} ms: ${world.mutations - before} changes in ${RESYNCS} resyncs`], convergedAfter: at };
  }
}
