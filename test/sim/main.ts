import { availableParallelism } from 'node:os';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { runSeed, type RunResult } from './run.ts';

/** `make sim SEEDS=10000` runs many seeds, `make sim SEED=123` one, with its trace. FROM: the first seed. */
const { SEED = '', SEEDS = '1000', FROM = '1', SIM_STRIDE, SIM_OFFSET = '0' } = process.env;

interface Tally {
  seeds: number;
  failed: number;
  slowest: number;
}

function tell(result: RunResult): void {
  console.log(`seed ${result.seed} failed:\n  ${result.problems.join('\n  ')}\n  replay with: make sim SEED=${result.seed}`);
}

async function one(seed: number): Promise<number> {
  const result = await runSeed(seed);
  console.log(result.trace.join('\n'));
  console.log(result.problems.length === 0 ? `seed ${seed}: converged after ${result.convergedAfter} ms` : '');
  if (result.problems.length > 0) tell(result);
  return result.problems.length === 0 ? 0 : 1;
}

async function share(stride: number, offset: number): Promise<Tally> {
  const tally: Tally = { seeds: 0, failed: 0, slowest: 0 };
  for (let seed = Number(FROM) + offset; seed < Number(FROM) + Number(SEEDS); seed += stride) {
    const result = await runSeed(seed);
    tally.seeds += 1;
    tally.slowest = Math.max(tally.slowest, result.convergedAfter);
    if (result.problems.length === 0) continue;
    tally.failed += 1;
    tell(result);
  }
  return tally;
}

function worker(stride: number, offset: number): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, SIM_STRIDE: String(stride), SIM_OFFSET: String(offset) };
    const child = fork(fileURLToPath(import.meta.url), { env });
    child.once('message', (tally) => resolve(tally as Tally));
    child.once('exit', (code) => reject(new Error(`a worker ended with code ${code} before its seeds did`)));
  });
}

async function all(): Promise<number> {
  const began = performance.now();
  const workers = availableParallelism();
  const tallies = await Promise.all(Array.from({ length: workers }, (_, offset) => worker(workers, offset)));
  const seeds = tallies.reduce((sum, tally) => sum + tally.seeds, 0);
  const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
  const slowest = Math.max(...tallies.map((tally) => tally.slowest));
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `${seeds} seeds, ${failed} failed, in ${seconds.toFixed(1)} s; slowest convergence ${slowest / 1000} virtual s after the faults`,
  );
  return failed === 0 ? 0 : 1;
}

if (SIM_STRIDE !== undefined) process.send?.(await share(Number(SIM_STRIDE), Number(SIM_OFFSET)));
else process.exitCode = SEED === '' ? await all() : await one(Number(SEED));
