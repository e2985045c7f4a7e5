import { expect } from 'chai';
import { Manager } from '../../controllers/manager.ts';
import { newestFirst } from '../../lib/history/reap.ts';
import { isRetired } from '../../lib/history/retire.ts';
import { createMemoryStore } from '../../lib/io/store/memory.ts';
import { checkConditions } from '../../lib/conditions/check.ts';
import type { EventSink } from '../../lib/ports/events.ts';
import type { Hosts } from '../../lib/ports/hosts.ts';
import { silentLog } from '../../lib/ports/log.ts';
import { noMetrics, type Metrics } from '../../lib/ports/metrics.ts';
import type { Store } from '../../lib/ports/store.ts';
import type { ServiceSpec } from '../../lib/types/generated.ts';
import type { StoredManifest, StoredNode, StoredService, StoredTask } from '../../lib/types/objects.ts';
import { FakeClock } from '../fakes/clock.ts';
import type { FakeContainer } from '../fakes/container.ts';
import type { FakeEngineOptions } from '../fakes/docker.ts';
import { FakeHosts } from '../fakes/hosts.ts';
import { FakeIds } from '../fakes/ids.ts';
import { FakePlanes } from '../fakes/plane.ts';

export const IMAGE = 'registry.test/hello:1';
export const IMAGE_2 = 'registry.test/hello:2';
export const RESYNC_MS = 60_000;

export interface WorldOptions {
  nodes?: number;
  engine?: Partial<FakeEngineOptions>;
  /** Wraps the hosts: failure injection. */
  wrap?: (hosts: FakeHosts) => Hosts;
  /** Wraps the store that the controller sees. */
  wrapStore?: (store: Store) => Store;
  metrics?: Metrics;
  /** Services are in networks. */
  dataPlane?: boolean;
}

/** One that counts at once. What it runs is up to the fake engine. */
export const healthcheck: NonNullable<ServiceSpec['healthcheck']> = {
  test: ['CMD', '/hello', 'check'],
  interval: '1s',
  timeout: '1s',
  retries: 1,
  startPeriod: '0s',
  startInterval: '1s',
  disable: false,
};

const base = (name: string): { name: string; uid: string; generation: number; resourceVersion: string; creationTimestamp: string } => ({
  name,
  uid: `uid-${name}`,
  generation: 1,
  resourceVersion: '0',
  creationTimestamp: '2026-01-01T00:00:00Z',
});

/** A service as admission would give it, with only what a test cares about spelled out. */
export function service(name: string, spec: Partial<ServiceSpec> = {}, namespace = 'default'): StoredService {
  const rollout = { parallelism: 1, delay: '0s', monitor: '5s', maxFailureRatio: 0, order: 'stop-first', progressDeadline: '10m' } as const;
  return {
    apiVersion: 'dswarm/v1',
    kind: 'Service',
    metadata: { ...base(name), namespace },
    spec: {
      mode: 'replicated',
      replicas: 1,
      image: IMAGE,
      pullPolicy: 'IfNotPresent',
      tty: false,
      readOnly: false,
      stopGracePeriod: '10s',
      privileged: false,
      endpointMode: 'vip',
      update: { ...rollout, failureAction: 'pause' },
      rollback: { ...rollout, failureAction: 'pause' },
      restart: { condition: 'any' },
      forceUpdate: 0,
      suspend: false,
      ...spec,
    },
  };
}

export function node(name: string, extra: Partial<StoredNode['spec']> = {}, labels: Record<string, string> = {}): StoredNode {
  return {
    apiVersion: 'dswarm/v1',
    kind: 'Node',
    metadata: { ...base(name), labels },
    spec: { docker: { socket: '/var/run/docker.sock' }, availability: 'active', role: 'worker', ...extra },
  };
}

/** Real controllers over hosts in memory and a clock that the test turns. */
export class World {
  readonly clock = new FakeClock();
  readonly ids = new FakeIds(7);
  readonly hosts = new FakeHosts(this.clock);
  readonly planes = new FakePlanes();
  readonly store: Store = createMemoryStore();
  readonly told: { about: string; type: string; reason: string; message: string }[] = [];
  readonly #options: WorldOptions;
  manager: Manager | undefined;

  private constructor(options: WorldOptions) {
    this.#options = options;
  }

  static async create(options: WorldOptions = {}): Promise<World> {
    const world = new World(options);
    const names = Array.from({ length: options.nodes ?? 3 }, (_, index) => `h${index + 1}`);
    for (const name of names) world.hosts.add(name, { images: [IMAGE, IMAGE_2], ...options.engine });
    const spec = (index: number): Partial<StoredNode['spec']> => (options.dataPlane === true ? { address: `10.77.0.${index + 11}` } : {});
    await world.store.commit(names.map((name, index) => ({ put: node(name, spec(index)) })));
    world.startController();
    await world.settle();
    return world;
  }

  startController(): void {
    const events: EventSink = {
      emit: (about, type, reason, message) => void this.told.push({ about: `${about.kind}/${about.name}`, type, reason, message }),
    };
    this.manager = new Manager({
      clusterName: 'default',
      store: this.#options.wrapStore?.(this.store) ?? this.store,
      hosts: this.#options.wrap?.(this.hosts) ?? this.hosts,
      clock: this.clock,
      ids: this.ids,
      log: silentLog,
      metrics: this.#options.metrics ?? noMetrics,
      events,
      resyncMs: RESYNC_MS,
      startsPerHost: 4,
      ...(this.#options.dataPlane === true ? { planes: this.planes } : {}),
    });
    this.manager.start();
  }

  async stopController(): Promise<void> {
    const stopping = this.manager?.stop();
    await this.clock.advance(10_000);
    await stopping;
    this.manager = undefined;
  }

  async apply(object: StoredManifest): Promise<void> {
    const before = this.store.snapshot().get({ kind: object.kind, namespace: object.metadata.namespace, name: object.metadata.name });
    const generation = before === undefined ? 1 : before.metadata.generation + 1;
    const status = before?.status === undefined ? {} : { status: before.status };
    await this.store.commit([{ put: { ...object, ...status, metadata: { ...object.metadata, generation } } as StoredService }]);
  }

  async delete(kind: 'Service' | 'Node' | 'CronJob', name: string, namespace?: string): Promise<void> {
    await this.store.commit([{ delete: { kind, namespace, name } }]);
  }

  /** Lets the controllers work for so long on their clock. */
  async settle(ms = 5_000): Promise<void> {
    await this.clock.advance(ms);
  }

  service(name: string, namespace = 'default'): StoredService {
    const found = this.store.snapshot().get({ kind: 'Service', namespace, name });
    if (found === undefined) throw new Error(`no service ${name}`);
    expect(checkConditions(found)).to.deep.equal([]);
    return found;
  }

  /** Those that have not left their slots. */
  tasks(name: string): readonly StoredTask[] {
    return this.#tasksOf(name).filter((task) => !isRetired(task));
  }

  /** Those that have, the newest first. */
  history(name: string): readonly StoredTask[] {
    return this.#tasksOf(name).filter(isRetired).sort(newestFirst);
  }

  #tasksOf(name: string): StoredTask[] {
    return this.store
      .snapshot()
      .list('Task')
      .filter((task) => task.spec.service === name);
  }

  /** All containers of all engines, as NODE/NAME. */
  containers(state?: string): { node: string; container: FakeContainer }[] {
    return [...this.hosts.engines].flatMap(([name, engine]) =>
      [...engine.containers.values()]
        .filter((container) => state === undefined || container.state === state)
        .map((container) => ({ node: name, container })),
    );
  }

  /** Some running container: the first. */
  anyRunning(): { node: string; container: FakeContainer } {
    const [first] = this.containers('running');
    if (first === undefined) throw new Error('nothing runs');
    return first;
  }

  running(): string[] {
    return this.containers('running')
      .map(({ node: on, container }) => `${on}/${container.name}`)
      .sort();
  }

  mutations(): string[] {
    return [...this.hosts.engines].flatMap(([name, engine]) => engine.mutatingCalls.map((call) => `${name} ${call.op}`));
  }

  /** Five resyncs of a converged cluster change nothing (invariant 12). */
  async expectQuiet(): Promise<void> {
    const before = this.mutations().length;
    const { revision } = this.store.snapshot();
    await this.clock.advance(5 * RESYNC_MS + 1_000);
    expect(this.mutations().slice(before)).to.deep.equal([]);
    expect(this.store.snapshot().revision).to.equal(revision);
  }
}
