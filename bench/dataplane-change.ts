import { systemClock } from '../lib/io/clock.ts';
import type { PlaneAck, PlaneStatus, Planes, PlaneTarget, PlaneUpdate } from '../lib/ports/plane.ts';
import { cpuMs } from '../test/support/cpu.ts';
import { converge, die, isReady, until } from './converged.ts';

export const MANY_NODES = { nodes: 200, services: 1_000, replicas: 10 };
const FEW_NODES = { ...MANY_NODES, nodes: 50 };
const ROUNDS = 50;
const WARM_UP = 10;

export interface EndpointChange {
  nodes: number;
  services: number;
  tasks: number;
  /** Until the node that is told last has the change that takes the dead task out. Means of all rounds. */
  cpuMs: number;
  wallMs: number;
}

/** Planes that take everything at once: what is left is the controller's own work. */
class ReadyPlanes implements Planes {
  readonly #generations = new Map<string, number>();
  told = new Set<string>();

  ensure({ node }: PlaneTarget): Promise<PlaneStatus> {
    return this.status({ node });
  }

  remove(): Promise<void> {
    return Promise.resolve();
  }

  status({ node }: Pick<PlaneTarget, 'node'>): Promise<PlaneStatus> {
    const publicKey = Buffer.alloc(32, node).toString('base64');
    return Promise.resolve({ generation: this.#generations.get(node) ?? 0, publicKey, routes: [], tunnels: [] });
  }

  apply({ node }: PlaneTarget, { generation, change }: PlaneUpdate): Promise<PlaneAck> {
    if (change?.files['changes.nft'] !== undefined) this.told.add(node);
    this.#generations.set(node, generation);
    return Promise.resolve({ generation, appliedMs: 0, totalMs: 0 });
  }

  check(): Promise<undefined[]> {
    return Promise.resolve([]);
  }

  lookup(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  close(): void {
    this.told.clear();
  }
}

/** What it costs to tell every node that one of many endpoints is gone. */
export async function measureEndpointChange(shape = FEW_NODES): Promise<EndpointChange> {
  const planes = new ReadyPlanes();
  const cluster = await converge({ ...shape, planes });
  let [cpu, wall] = [0, 0];
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    planes.told = new Set();
    const [before, began] = [process.cpuUsage(), performance.now()];
    await Promise.all([die(cluster, round), until(() => planes.told.size === shape.nodes, 1)]);
    if (round >= WARM_UP) [cpu, wall] = [cpu + cpuMs(before), wall + performance.now() - began];
    await until(() => isReady(cluster.store));
    await new Promise((resolve) => void systemClock.after(500, () => resolve(undefined)));
  }
  await cluster.manager.stop();
  return { ...shape, tasks: shape.services * shape.replicas, cpuMs: cpu / ROUNDS, wallMs: wall / ROUNDS };
}
