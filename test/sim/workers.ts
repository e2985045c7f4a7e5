import { fork, type ChildProcess } from 'node:child_process';
import { BOUND_MS, runSeed, type RunResult } from './run.ts';

/** What became of some seeds. */
interface Share {
  seeds: number;
  failed: number;
  /** Virtual ms from the end of the faults until all was as wanted, of the slowest seed. */
  slowest: number;
  /** Seconds of CPU. */
  cpu: number;
}

export interface Tally extends Share {
  report(seconds: number): string[];
}

export interface AllOptions {
  first: number;
  seeds: number;
  workers: number;
  /** The program that calls `serve`. */
  file: string;
}

/** So few that no worker is left with many at the end, so many that asking costs nothing. */
const AT_A_TIME = 25;
/** A product that is broken fails hundreds of seeds; so many tell enough. */
const FAILURES_ENOUGH = 20;
const NOTHING: Share = { seeds: 0, failed: 0, slowest: 0, cpu: 0 };

const add = (a: Share, b: Share): Share => ({
  seeds: a.seeds + b.seeds,
  failed: a.failed + b.failed,
  slowest: Math.max(a.slowest, b.slowest),
  cpu: a.cpu + b.cpu,
});

/** Runs seeds on several cores: each worker asks for the next few when it is done with some. */
export async function runAll({ first, seeds, workers, file }: AllOptions): Promise<Tally> {
  let next = first;
  let sum = NOTHING;
  const take = (): { from: number; to: number } | undefined => {
    const from = next;
    next = Math.min(from + AT_A_TIME, first + seeds);
    return from === next || sum.failed >= FAILURES_ENOUGH ? undefined : { from, to: next };
  };
  const shares = Array.from({ length: workers }, () => runWorker(file, take, (share) => (sum = add(sum, share))));
  await Promise.all(shares);
  return { ...sum, report: (seconds) => describe(sum, seconds, seeds) };
}

function describe(sum: Share, seconds: number, wanted: number): string[] {
  const rest = sum.seeds < wanted ? [`stopped after ${sum.seeds} of ${wanted} seeds: enough have failed`] : [];
  const bound = `slowest convergence ${sum.slowest / 1000} virtual s after the faults, of ${BOUND_MS / 1000} allowed`;
  return [...rest, `${sum.seeds} seeds, ${sum.failed} failed, in ${seconds.toFixed(1)} s (${sum.cpu.toFixed(1)} s of CPU); ${bound}`];
}

function runWorker(file: string, take: () => object | undefined, done: (share: Share) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = fork(file, { env: { ...process.env, SIM_WORKER: 'yes' } });
    const give = (): void => {
      const some = take();
      if (some === undefined) child.disconnect();
      else child.send(some);
    };
    child.on('message', (share) => {
      done(share as Share);
      give();
    });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with code ${code} before its seeds did`))));
    give();
  });
}

export const isWorker = (): boolean => process.env['SIM_WORKER'] !== undefined;

/** In a worker: runs what it is given until it is given no more. */
export function serve(tell: (result: RunResult) => void): void {
  let seed = 0;
  process.once('uncaughtException', (error) => {
    console.log(`seed ${seed} broke out of its world: ${error.stack ?? error.message}\n  replay with: make sim SEED=${seed}`);
    process.exit(1);
  });
  const run = async ({ from, to }: { from: number; to: number }): Promise<void> => {
    let share = NOTHING;
    const before = process.cpuUsage();
    for (seed = from; seed < to; seed += 1) {
      const result = await runSeed(seed);
      const failed = result.problems.length > 0;
      if (failed) tell(result);
      share = add(share, { seeds: 1, failed: failed ? 1 : 0, slowest: result.convergedAfter, cpu: 0 });
    }
    const { user, system } = process.cpuUsage(before);
    process.send?.({ ...share, cpu: (user + system) / 1e6 });
  };
  process.on('message', (some) => void run(some as { from: number; to: number }));
}
