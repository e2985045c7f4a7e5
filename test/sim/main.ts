import { availableParallelism } from 'node:os';
import { runSeed, type RunResult } from './run.ts';
import { isWorker, runAll, serve } from './workers.ts';

/** `make sim SEEDS=10000` runs many seeds, `make sim SEED=123` one, with its trace. FROM: the first seed. */
const { SEED = '', SEEDS = '1000', FROM = '1' } = process.env;

function tell(result: RunResult): void {
  console.log(`seed ${result.seed} failed:\n  ${result.problems.join('\n  ')}\n  replay with: make sim SEED=${result.seed}`);
}

async function one(seed: number): Promise<number> {
  const result = await runSeed(seed);
  console.log(result.trace.join('\n'));
  if (result.problems.length > 0) tell(result);
  else console.log(`seed ${seed}: converged after ${result.convergedAfter} ms`);
  return result.problems.length === 0 ? 0 : 1;
}

async function many(): Promise<number> {
  const workers = availableParallelism();
  const began = performance.now();
  const tally = await runAll({ first: Number(FROM), seeds: Number(SEEDS), workers, file: import.meta.filename });
  for (const line of tally.report((performance.now() - began) / 1000)) console.log(line);
  return tally.failed === 0 && tally.seeds === Number(SEEDS) ? 0 : 1;
}

if (isWorker()) serve(tell);
else process.exitCode = SEED === '' ? await many() : await one(Number(SEED));
