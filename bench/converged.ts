import { filter, firstValueFrom, take, timeout } from 'rxjs';
import { Manager } from '../controllers/manager.ts';
import { systemClock } from '../lib/io/clock.ts';
import { createMemoryStore } from '../lib/io/store/memory.ts';
import { silentLog } from '../lib/ports/log.ts';
import { noMetrics } from '../lib/ports/metrics.ts';
import type { Planes } from '../lib/ports/plane.ts';
import type { Store, StoreEvent } from '../lib/ports/store.ts';
import { IMAGE, node, service } from '../test/controllers/harness.ts';
import { FakeHosts } from '../test/fakes/hosts.ts';
import { FakeIds } from '../test/fakes/ids.ts';

export const PATIENCE_MS = 300_000;

export interface Shape {
  nodes: number;
  services: number;
  replicas: number;
  /** Absent: no data plane. */
  planes?: Planes;
}

/** The real controllers over engines in memory, with every task running. */
export interface Converged {
  shape: Shape;
  store: Store;
  hosts: FakeHosts;
  manager: Manager;
}

const nameOf = (at: number): string => `node-${String(at).padStart(4, '0')}`;

export async function converge(shape: Shape): Promise<Converged> {
  const { nodes, services, replicas, planes } = shape;
  const hosts = new FakeHosts(systemClock);
  const store = createMemoryStore();
  const names = Array.from({ length: nodes }, (_, at) => nameOf(at));
  for (const name of names) hosts.add(name, { images: [IMAGE] });
  const addressOf = (at: number): { address?: string } => (planes === undefined ? {} : { address: `10.77.${at >> 8}.${at & 255}` });
  // Restarted by the controller: the engine would heal a mere crash by itself.
  const restart = { condition: 'any', delay: '0s' } as const;
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
    ...(planes === undefined ? {} : { planes }),
  });
  await store.commit(names.map((name, at) => ({ put: node(name, addressOf(at), { zone: `z${name.at(-1)}` }) })));
  manager.start();
  await store.commit(Array.from({ length: services }, (_, at) => ({ put: service(`app-${at}`, { replicas, restart }) })));
  await until(() => isReady(store));
  return { shape, store, hosts, manager };
}

export const isReady = (store: Store): boolean =>
  store
    .snapshot()
    .list('Service')
    .every(({ status }) => status?.state === 'Ready');

export async function until(condition: () => boolean, everyMs = 100): Promise<void> {
  const deadline = systemClock.monotonic() + PATIENCE_MS;
  while (!condition()) {
    if (systemClock.monotonic() > deadline) throw new Error(`not converged after ${PATIENCE_MS / 1000} s`);
    await new Promise((resolve) => void systemClock.after(everyMs, () => resolve(undefined)));
  }
}

const isAssigned = ({ type, object }: StoreEvent): boolean => type === 'ADDED' && object.kind === 'Task';

/** One container dies, its node chosen by the round; ends when the store has the task that replaces it. */
export async function die({ shape, store, hosts }: Converged, round: number): Promise<void> {
  const engine = hosts.engine(nameOf((round * 37) % shape.nodes));
  const [victim] = [...engine.containers.values()].filter(({ state }) => state === 'running');
  if (victim === undefined) throw new Error('nothing runs there');
  const replaced = firstValueFrom(store.watch(store.snapshot().revision).pipe(filter(isAssigned), take(1), timeout(PATIENCE_MS)));
  engine.crash(victim.id);
  await replaced;
}
