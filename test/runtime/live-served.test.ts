import { expect } from 'chai';
import fc from 'fast-check';
import { Subject } from 'rxjs';
import { createMemoryStore } from '../../lib/io/store/memory.ts';
import { LiveServed } from '../../lib/runtime/live-served.ts';
import type { ObserverChange } from '../../lib/runtime/observer.ts';
import { TaskIndex } from '../../lib/runtime/task-index.ts';
import type { Change } from '../../lib/ports/store.ts';
import type { StoredNetwork, StoredNode, StoredTask } from '../../lib/types/objects.ts';
import type { NodeObservation, ObservedContainer, PlacedContainer } from '../../lib/types/observation.ts';
import { node, service } from '../controllers/harness.ts';

const NODES = ['h1', 'h2'];
const SERVICES = ['api', 'web'];
const OWN = { 'dswarm/managed': 'true', 'dswarm/cluster': 'default', 'dswarm/namespace': 'default' };

/** What LiveServed asks of the cluster. */
class Hosts {
  readonly changes$ = new Subject<ObserverChange>();
  readonly #states = new Map<string, 'Ready' | 'Unknown'>();
  readonly #containers = new Map<string, PlacedContainer>();
  readonly #doubted = new Set<string>();

  observation(name: string): NodeObservation | undefined {
    const state = this.#states.get(name);
    const about = { message: '', since: 0, sinceMonotonic: 0, wasReady: true, recovered: false, tried: true, containers: new Map() };
    return state === undefined ? undefined : { ...about, node: name, state, listed: state === 'Ready', doubted: this.#doubted };
  }

  containersOf(owner: string): PlacedContainer[] {
    return [...this.#containers.values()].filter(
      ({ container }) => `Service/default/${container.labels['dswarm/service'] ?? ''}` === owner,
    );
  }

  see(name: string, state: 'Ready' | 'Unknown'): void {
    this.#states.set(name, state);
    this.changes$.next({ node: name, changed: [], stateChanged: true });
  }

  run({ metadata, spec }: StoredTask, state: 'running' | 'exited', address: string): void {
    const labels = { ...OWN, 'dswarm/service': spec.service, 'dswarm/task': metadata.name };
    const networks = { dswarm_default_default: address };
    const container: ObservedContainer = { id: metadata.name, name: 'n', image: 'i', labels, state, createdAt: 0, networks };
    this.#containers.set(metadata.name, { node: spec.node, container });
    this.changes$.next({ node: spec.node, changed: [container], stateChanged: false });
  }

  doubt({ metadata, spec }: StoredTask, is: boolean): void {
    const container = this.#containers.get(metadata.name)?.container;
    if (container === undefined) return;
    if (is) this.#doubted.add(container.id);
    else this.#doubted.delete(container.id);
    this.changes$.next({ node: spec.node, changed: [], doubted: [container], stateChanged: false });
  }
}

function task(slot: number): StoredTask {
  const [of = '', on = ''] = [SERVICES[slot % 2], NODES[(slot >> 1) % 2]];
  const name = `${of}.${String(slot)}.aaaaaa`;
  const spec = { service: of, serviceUid: 'u', slot: String(slot), node: on, containerName: name, specHash: 'v1:0', image: 'i' };
  return {
    apiVersion: 'dswarm/v1',
    kind: 'Task',
    metadata: { ...node(name).metadata, namespace: 'default' },
    spec: { ...spec, networks: ['default'], addresses: { default: `10.210.0.${String(slot + 2)}` } },
  };
}

function network(addresses: Record<string, string>, parts: readonly string[]): StoredNetwork {
  return {
    apiVersion: 'dswarm/v1',
    kind: 'Network',
    metadata: { ...node('default').metadata, namespace: 'default' },
    spec: { driver: 'mesh', internal: false, attachable: false, backend: 'wireguard' },
    status: {
      subnet: '10.210.0.0/16',
      vipSubnet: '10.210.240.0/20',
      bridge: 'dsw1',
      nodes: parts.map((name) => ({ node: name, subnet: '10.210.0.0/24', gateway: '10.210.0.1' })),
      addresses: Object.entries(addresses).map(([name, address]) => ({ service: name, address })),
    },
  };
}

type Happening =
  | { what: 'task'; slot: number; state: 'Running' | 'Starting' | 'gone' }
  | { what: 'container'; slot: number; state: 'running' | 'exited'; address: number }
  | { what: 'doubted'; slot: number; is: boolean }
  | { what: 'withdrawn'; slot: number; is: boolean }
  | { what: 'host'; name: string; state: 'Ready' | 'Unknown' }
  | { what: 'node'; name: string; state: 'Ready' | 'Unknown' | 'Down'; address: number }
  | { what: 'service'; name: string; port: number | 'gone' }
  | { what: 'network'; addresses: Record<string, string>; parts: string[] };

const slot = fc.nat(7);
const address = fc.integer({ min: 1, max: 3 });
const name = fc.constantFrom(...NODES);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ what: fc.constant('task' as const), slot, state: fc.constantFrom('Running' as const, 'Starting' as const, 'gone' as const) }),
  fc.record({ what: fc.constant('container' as const), slot, state: fc.constantFrom('running' as const, 'exited' as const), address }),
  fc.record({ what: fc.constantFrom('withdrawn' as const, 'doubted' as const), slot, is: fc.boolean() }),
  fc.record({ what: fc.constant('host' as const), name, state: fc.constantFrom('Ready' as const, 'Unknown' as const) }),
  fc.record({
    what: fc.constant('node' as const),
    name,
    state: fc.constantFrom('Ready' as const, 'Unknown' as const, 'Down' as const),
    address,
  }),
  fc.record({
    what: fc.constant('service' as const),
    name: fc.constantFrom(...SERVICES),
    port: fc.oneof(fc.constant('gone' as const), fc.integer({ min: 30_000, max: 30_002 })),
  }),
  fc.record({
    what: fc.constant('network' as const),
    addresses: fc.dictionary(fc.constantFrom(...SERVICES), fc.constantFrom('10.210.240.1', '10.210.240.2')),
    parts: fc.subarray(NODES),
  }),
);

/** So that most of what happens makes a difference. */
const BEFORE: Happening[] = [
  ...NODES.flatMap((each): Happening[] => [
    { what: 'node', name: each, state: 'Ready', address: 1 },
    { what: 'host', name: each, state: 'Ready' },
  ]),
  { what: 'network', addresses: { web: '10.210.240.1' }, parts: NODES },
  ...SERVICES.map((each): Happening => ({ what: 'service', name: each, port: 30_000 })),
  ...Array.from({ length: 8 }, (_, at) => at).flatMap((at): Happening[] => [
    { what: 'task', slot: at, state: 'Running' },
    { what: 'container', slot: at, state: 'running', address: 1 },
  ]),
];

/** Two of it over one world: one goes on with it, the other is made anew each time. */
class World {
  readonly #store = createMemoryStore();
  readonly #hosts = new Hosts();
  readonly #index = new TaskIndex(this.#store);
  readonly #withdrawn = new Set<string>();
  readonly live = this.make();

  make(): LiveServed {
    const live = new LiveServed({
      clusterName: 'default',
      store: this.#store,
      cluster: this.#hosts,
      index: this.#index,
      endOf: ({ spec }) => (spec.address === undefined ? {} : { address: spec.address }),
      withdrawn: () => this.#withdrawn,
      changed: () => undefined,
    });
    live.start();
    return live;
  }

  async happen(one: Happening): Promise<void> {
    if (one.what === 'container') this.#hosts.run(task(one.slot), one.state, `10.210.0.${String(one.address)}`);
    else if (one.what === 'doubted') this.#hosts.doubt(task(one.slot), one.is);
    else if (one.what === 'withdrawn') this.#withdraw(`default/${task(one.slot).metadata.name}`, one.is);
    else if (one.what === 'host') this.#hosts.see(one.name, one.state);
    else await this.#store.commit([this.#change(one)]);
  }

  #withdraw(key: string, is: boolean): void {
    if (is) this.#withdrawn.add(key);
    else this.#withdrawn.delete(key);
    this.live.touchTask(key);
  }

  #change(one: Exclude<Happening, { what: 'container' | 'doubted' | 'withdrawn' | 'host' }>): Change {
    if (one.what === 'network') return { put: network(one.addresses, one.parts) };
    if (one.what === 'node') return { put: stateOf(node(one.name, { address: `10.77.0.${String(one.address)}` }), one.state) };
    if (one.what === 'task') {
      const { metadata } = task(one.slot);
      if (one.state === 'gone') return { delete: { kind: 'Task', namespace: 'default', name: metadata.name } };
      return { put: { ...task(one.slot), status: { state: one.state } } };
    }
    if (one.port === 'gone') return { delete: { kind: 'Service', namespace: 'default', name: one.name } };
    const port = { target: 80, published: one.port, protocol: 'tcp', mode: 'ingress' } as const;
    return { put: { ...service(one.name, { ports: [port] }), status: { ports: [port] } } };
  }
}

function stateOf(object: StoredNode, state: 'Ready' | 'Unknown' | 'Down'): StoredNode {
  return { ...object, status: { state } };
}

describe('what is served, kept up with what happens', () => {
  it('is what it is when all is looked at anew', () =>
    fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 40 }), async (happenings) => {
        const world = new World();
        for (const one of BEFORE) await world.happen(one);
        for (const one of happenings) {
          await world.happen(one);
          const anew = world.make();
          expect(world.live.gather(), JSON.stringify(one)).to.deep.equal(anew.gather());
          anew.close();
        }
      }),
    ));
});
