import { cpuMs } from '../test/support/cpu.ts';
import { converge, die, isReady, until } from './converged.ts';

const SHAPE = { nodes: 1_000, services: 500, replicas: 100 };
const ROUNDS = 100;
/** Deaths before the measured ones: compilers have seen the code by then. */
const WARM_UP = 20;

export interface Death {
  nodes: number;
  tasks: number;
  /** From the engine's event to the stored assignment of the replacement: reading the engine, planning, storing. Means of all rounds. */
  cpuMs: number;
  /** The same on the clock; the observer gathers events for 2 ms, and a service rests for 25 ms between passes. */
  wallMs: number;
}

/** What it costs that one container of 50,000 on 1,000 nodes dies, in a cluster where all else runs. */
export async function measureDeath(): Promise<Death> {
  const cluster = await converge(SHAPE);
  let [cpu, wall] = [0, 0];
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const [before, began] = [process.cpuUsage(), performance.now()];
    await die(cluster, round);
    if (round >= WARM_UP) [cpu, wall] = [cpu + cpuMs(before), wall + performance.now() - began];
    await until(() => isReady(cluster.store));
  }
  await cluster.manager.stop();
  return { nodes: SHAPE.nodes, tasks: SHAPE.services * SHAPE.replicas, cpuMs: cpu / ROUNDS, wallMs: wall / ROUNDS };
}
