import { expect } from 'chai';
import fc from 'fast-check';
import { Subject } from 'rxjs';
import { createMemoryStore } from '../../lib/io/store/memory.ts';
import { LiveNodes } from '../../lib/runtime/live-nodes.ts';
import type { ServiceDemand } from '../../lib/schedule/filters.ts';
import { Placing } from '../../lib/schedule/placing.ts';
import type { StoredTask } from '../../lib/types/objects.ts';
import type { NodeObservation } from '../../lib/types/observation.ts';
import { node, service } from '../controllers/harness.ts';
import { nameOf } from '../schedule/support.ts';

const NODES = ['h1', 'h2', 'h3', 'h4'];
const PORT = '80/tcp';

/** What LiveNodes asks of the cluster. */
class Hosts {
  readonly stale$ = new Subject<string>();
  readonly #seen = new Map<string, NodeObservation>();

  observation(name: string): NodeObservation | undefined {
    return this.#seen.get(name);
  }

  see(name: string, state: 'Ready' | 'Unknown', labels: Record<string, string>): void {
    const shape = { hostname: name, version: '1', apiVersion: '1', os: 'linux', arch: 'amd64', cpus: 4, memory: 8, logDrivers: [] };
    const about = { message: '', since: 0, sinceMonotonic: 0, wasReady: true, recovered: false, tried: true };
    const empty = { containers: new Map(), doubted: new Set<string>() };
    this.#seen.set(name, { ...about, ...empty, node: name, state, listed: state === 'Ready', engine: { ...shape, id: name, labels } });
    this.stale$.next(name);
  }
}

/** Where it runs and what it binds never changes in the life of a task. */
function task(index: number, draw: { node: string; ended: boolean; retired: boolean; binds: boolean }): StoredTask {
  const status = draw.ended ? { state: 'Failed' as const } : { state: 'Running' as const };
  const name = `web.${index}.aaaaaa`;
  return {
    apiVersion: 'dswarm/v1',
    kind: 'Task',
    metadata: { name, namespace: 'default', uid: name, generation: 1, resourceVersion: '0', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: {
      service: draw.binds ? 'bound' : 'web',
      serviceUid: 'u',
      slot: String(index),
      node: draw.node,
      containerName: name,
      specHash: 'v1:0',
      image: 'i',
      reservations: { cpus: 1 },
      ...(draw.binds ? { hostPorts: [PORT] } : {}),
    },
    status: draw.retired ? { ...status, retiredAt: '2026-01-01T00:00:00Z' } : status,
  };
}

const name = fc.constantFrom(...NODES);
const value = fc.constantFrom('a', 'b');
const step = fc.oneof(
  fc.record({ op: fc.constant('node' as const), name, value, availability: fc.constantFrom('active' as const, 'pause' as const) }),
  fc.record({ op: fc.constant('drop' as const), name }),
  fc.record({ op: fc.constant('see' as const), name, value, state: fc.constantFrom('Ready' as const, 'Unknown' as const) }),
  fc.record({
    op: fc.constant('task' as const),
    index: fc.nat(11),
    ended: fc.boolean(),
    retired: fc.boolean(),
  }),
  fc.record({ op: fc.constant('forget' as const), index: fc.nat(11) }),
  fc.record({ op: fc.constant('place' as const) }),
);

const DEMANDS: ServiceDemand[] = [
  { constraints: [], maxReplicasPerNode: 0, hostPorts: [] },
  { constraints: ['node.labels.zone==a'], maxReplicasPerNode: 0, hostPorts: [], reservations: { nanoCpus: 1e9, memoryBytes: 0 } },
  { constraints: [], maxReplicasPerNode: 2, hostPorts: [], spread: ['node.labels.zone', 'engine.labels.rack'] },
  { service: 'Service/default/other', constraints: [], maxReplicasPerNode: 0, hostPorts: [PORT] },
];

function placements(nodes: LiveNodes): string[][] {
  return DEMANDS.map((demand) => {
    const placing = new Placing(nodes.index(), demand, new Map());
    return Array.from({ length: 6 }, () => nameOf(placing.place()));
  });
}

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function act(store: ReturnType<typeof createMemoryStore>, hosts: Hosts, draw: Step): Promise<void> {
  switch (draw.op) {
    case 'node':
      return void (await store.commit([{ put: node(draw.name, { availability: draw.availability }, { zone: draw.value }) }]));
    case 'drop':
      return void (await store.commit([{ delete: { kind: 'Node', name: draw.name } }]));
    case 'see':
      return hosts.see(draw.name, draw.state, { rack: draw.value });
    case 'task':
      return void (await store.commit([
        { put: task(draw.index, { ...draw, node: `h${(draw.index % 4) + 1}`, binds: draw.index % 3 === 0 }) },
      ]));
    case 'forget':
      return void (await store.commit([{ delete: { kind: 'Task', namespace: 'default', name: `web.${draw.index}.aaaaaa` } }]));
    case 'place':
  }
}

describe('the nodes as the scheduler sees them', () => {
  it('are kept up by each change as if all were counted anew (conformance C140, C141)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const store = createMemoryStore();
        const hosts = new Hosts();
        const kept = new LiveNodes(store, hosts);
        await store.commit([{ put: service('web') }, { put: service('bound') }]);
        for (const draw of steps) {
          await act(store, hosts, draw);
          if (draw.op === 'place') placements(kept);
        }
        const anew = new LiveNodes(store, hosts);
        expect(placements(kept)).to.deep.equal(placements(anew));
        const [left, right] = [kept.index(), anew.index()];
        expect(left.all()).to.deep.equal(right.all());
        for (let rank = 0; rank < right.size; rank++) expect(left.load(rank)).to.deep.equal(right.load(rank));
        kept.close();
        anew.close();
      }),
      { numRuns: 200 },
    );
  });

  it('are settling while one that nobody has tried to reach is young', async () => {
    const store = createMemoryStore();
    const hosts = new Hosts();
    const nodes = new LiveNodes(store, hosts);
    expect(nodes.isSettling(0)).to.equal(false);
    await store.commit([{ put: node('h1') }]);
    expect(nodes.isSettling(0)).to.equal(true);
    hosts.see('h1', 'Ready', {});
    expect(nodes.isSettling(0)).to.equal(false);
    nodes.close();
  });

  it('keep the host ports of a service that was deleted until its tasks are gone', async () => {
    const store = createMemoryStore();
    const hosts = new Hosts();
    const nodes = new LiveNodes(store, hosts);
    hosts.see('h1', 'Ready', {});
    const bound = task(1, { node: 'h1', ended: false, retired: false, binds: true });
    const { hostPorts: _untold, ...spec } = bound.spec;
    const ports = [{ target: 80, published: 80, protocol: 'tcp' as const, mode: 'host' as const }];
    // A record of an earlier version does not tell its ports: those of its service count.
    await store.commit([{ put: node('h1') }, { put: service('bound', { ports }) }]);
    await store.commit([{ put: { ...bound, spec } }]);
    await store.commit([{ delete: { kind: 'Service', namespace: 'default', name: 'bound' } }]);
    expect([...nodes.index().load(0).ports.keys()]).to.deep.equal([PORT]);
    await store.commit([{ delete: { kind: 'Task', namespace: 'default', name: bound.metadata.name } }]);
    expect(nodes.index().load(0).ports.size).to.equal(0);
    nodes.close();
  });
});
