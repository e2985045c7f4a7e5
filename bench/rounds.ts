import type { Contender } from './contender.ts';
import { rest, type Engines } from './engines.ts';
import type { Sample } from './report.ts';
import { measureBare } from './scenarios/bare.ts';
import { measureCreate, removeService } from './scenarios/create.ts';
import { measureHeal } from './scenarios/heal.ts';
import { measureIdle } from './scenarios/idle.ts';

export interface BenchOptions {
  engines: Engines;
  contenders: readonly Contender[];
  image: string;
  rounds: number;
  idleMs: number;
  /** The controller's process, if it takes part. */
  pid: number | undefined;
}

const SIZES = [3, 12, 30];
const HEAL_REPLICAS = 3;

/** All rounds of all scenarios, the contenders taking turns, first one first, then the other. */
export async function measureAll(options: BenchOptions): Promise<Sample[]> {
  const samples: Sample[] = [];
  const add = (scenario: string, contender: string, value: number, unit = 'ms'): void => {
    samples.push({ scenario, contender, unit, value });
    process.stdout.write(`  ${scenario.padEnd(42)} ${contender.padEnd(8)} ${value.toFixed(1)} ${unit}\n`);
  };
  for (let round = 0; round < options.rounds; round++) {
    process.stdout.write(`round ${round + 1} of ${options.rounds}\n`);
    const order = round % 2 === 0 ? options.contenders : [...options.contenders].reverse();
    await measureFirst(options, round, add);
    for (const replicas of SIZES)
      for (const contender of order)
        add(`create ${replicas} replicas`, contender.name, await createAndRemove(options.engines, contender, { round, replicas }));
  }
  await measureHeals(options, add);
  if (options.pid !== undefined) await measureIdleController(options, options.pid, add);
  return samples;
}

type Add = (scenario: string, contender: string, value: number, unit?: string) => void;

async function createAndRemove(engines: Engines, contender: Contender, options: { round: number; replicas: number }): Promise<number> {
  const service = `create-${options.replicas}-${options.round}`;
  const value = await measureCreate(engines, contender, { service, replicas: options.replicas });
  await rest(1000);
  await removeService(engines, contender, service);
  await rest(1000);
  return value;
}

/** From the file saved to the first container, beside what the engine alone needs. */
async function measureFirst({ engines, contenders, image }: BenchOptions, round: number, add: Add): Promise<void> {
  const scenario = 'file saved to first container running';
  const dswarm = contenders.find(({ name }) => name === 'dswarm');
  add(scenario, 'engine', await measureBare(engines, image));
  await rest(500);
  if (dswarm !== undefined) add(scenario, 'dswarm', await createAndRemove(engines, dswarm, { round, replicas: 1 }));
}

async function measureHeals({ engines, contenders, rounds }: BenchOptions, add: Add): Promise<void> {
  const service = 'heal';
  const since = performance.now();
  for (const contender of contenders) {
    await contender.create(service, HEAL_REPLICAS);
    await engines.starts(contender.label(service), HEAL_REPLICAS, since);
  }
  for (let round = 0; round < rounds; round++)
    for (const blow of ['kill', 'crash'] as const)
      for (const contender of round % 2 === 0 ? contenders : [...contenders].reverse())
        add(
          blow === 'kill' ? 'docker kill to replacement running' : 'process crash to replacement running',
          contender.name,
          await measureHeal(engines, contender, { service, blow }),
        );
  for (const contender of contenders) await removeService(engines, contender, service);
}

async function measureIdleController({ engines, contenders, idleMs }: BenchOptions, pid: number, add: Add): Promise<void> {
  const dswarm = contenders.find(({ name }) => name === 'dswarm');
  if (dswarm === undefined) return;
  await measureCreate(engines, dswarm, { service: 'idle', replicas: 30 });
  await rest(5000);
  const { memory, cpu } = await measureIdle(pid, idleMs);
  add('controller memory, 30 replicas', 'dswarm', memory, 'MB');
  add('controller idle CPU, 30 replicas', 'dswarm', cpu, '% of a core');
  await removeService(engines, dswarm, 'idle');
}
