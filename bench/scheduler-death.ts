import { filter, firstValueFrom, take, timeout } from 'rxjs';
import { Manager } from '../controllers/manager.ts';
import { systemClock } from '../lib/io/clock.ts';
import { createMemoryStore } from '../lib/io/store/memory.ts';
import { silentLog } from '../lib/ports/log.ts';
import { noMetrics } from '../lib/ports/metrics.ts';
import type { Store, StoreEvent } from '../lib/ports/store.ts';
import { IMAGE, node, service } from '../test/controllers/harness.ts';
import { FakeHosts } from '../test/fakes/hosts.ts';
import { FakeIds } from '../test/fakes/ids.ts';

const NODES = 1_000;
const SERVICES = 500;
const REPLICAS = 100;
const ROUNDS = 100;
/** Deaths before the measured ones: compilers have seen the code by then. */
const WARM_UP = 20;
const PATIENCE_MS = 300_000;

/** The real controllers over engines in memory, with every task running. */
interface Converged {
  store: Store;
  hosts: FakeHosts;
  manager: Manager;
}

export interface Death {
  nodes: number;
  tasks: number;
  /** From the engine's event to the stored assignment of the replacement: reading the engine, planning, storing. Means of all rounds. */
  cpuMs: number;
  /** The same on the clock; the observer gathers events for 2 ms, and a service rests for 25 ms between passes. */
  wallMs: number;
}

async function converge(): Promise<Converged> {
  const hosts = new FakeHosts(systemClock);
  const store = createMemoryStore();
  const names = Array.from({ length: NODES }, (_, at) => `node-${String(at).padStart(4, '0')}`);
  for (const name of names) hosts.add(name, { images: [IMAGE] });
  const nodes = names.map((name) => ({ put: node(name, {}, { zone: `z${name.at(-1)}` }) }));
  // Restarted by the controller: the engine would heal a mere crash by itself.
  const restart = { condition: 'any', delay: '0s' } as const;
  const services = Array.from({ length: SERVICES }, (_, at) => ({ put: service(`app-${at}`, { replicas: REPLICAS, restart }) }));
  const manager = new Manager({
    clusterName: 'default',
    store,
    hosts,
    clock: systemClock,
    ids: new FakeIds(7),
    log: silentLog,
    metrics: noMetrics,
    events: { emit: () => undefined },
    resyncMs: 86_400_000,
    startsPerHost: 100,
  });
  await store.commit(nodes);
  manager.start();
  await store.commit(services);
  await until(() => isReady(store));
  return { store, hosts, manager };
}

const isReady = (store: Store): boolean =>
  store
    .snapshot()
    .list('Service')
    .every(({ status }) => status?.state === 'Ready');

async function until(condition: () => boolean): Promise<void> {
  const deadline = systemClock.monotonic() + PATIENCE_MS;
  while (!condition()) {
    if (systemClock.monotonic() > deadline) throw new Error(`not converged after ${PATIENCE_MS / 1000} s`);
    await new Promise((resolve) => void systemClock.after(100, () => resolve(undefined)));
  }
}

const isAssigned = ({ type, object }: StoreEvent): boolean => type === 'ADDED' && object.kind === 'Task';

/** One container dies, its node chosen by the round; ends when the store has the task that replaces it. */
async function die({ store, hosts }: Converged, round: number): Promise<void> {
  const engine = hosts.engine(`node-${String((round * 37) % NODES).padStart(4, '0')}`);
  const [victim] = [...engine.containers.values()].filter(({ state }) => state === 'running');
  if (victim === undefined) throw new Error('nothing runs there');
  const replaced = firstValueFrom(store.watch(store.snapshot().revision).pipe(filter(isAssigned), take(1), timeout(PATIENCE_MS)));
  engine.crash(victim.id);
  await replaced;
}

const cpuMs = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};

/** What it costs that one container of 50,000 on 1,000 nodes dies, in a cluster where all else runs. */
export async function measureDeath(): Promise<Death> {
  const cluster = await converge();
  let [cpu, wall] = [0, 0];
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const [before, began] = [process.cpuUsage(), performance.now()];
    await die(cluster, round);
    if (round >= WARM_UP) [cpu, wall] = [cpu + cpuMs(before), wall + performance.now() - began];
    await until(() => isReady(cluster.store));
  }
  await cluster.manager.stop();
  return { nodes: NODES, tasks: SERVICES * REPLICAS, cpuMs: cpu / ROUNDS, wallMs: wall / ROUNDS };
}
