import type { Operations } from '../lib/apply/operations.ts';
import { leaveHost, type LeavingOptions } from './node-leaving.ts';
import { hasCode } from '../lib/errors/error.ts';
import { foreignSubnets } from '../lib/network/foreign.ts';
import { ownerKey } from '../lib/plan/names.ts';
import { untilDown } from '../lib/plan/eviction.ts';
import { nodeLiveness } from '../lib/plan/node-liveness.ts';
import { nodeNews } from '../lib/plan/node-news.ts';
import { nodeStatus, untilSteady, type PlaneReport } from '../lib/plan/node-status.ts';
import type { Metrics } from '../lib/ports/metrics.ts';
import type { Store } from '../lib/ports/store.ts';
import type { Cluster } from '../lib/runtime/cluster.ts';
import { DONE, type Outcome } from '../lib/runtime/outcome.ts';
import { parseRefKey, type ObjectRef, type StoredNode } from '../lib/types/objects.ts';
import type { NodeObservation, NodeState } from '../lib/types/observation.ts';
import { sameJson } from '../lib/types/same-json.ts';

export interface NodeControllerOptions extends LeavingOptions {
  store: Store;
  cluster: Cluster;
  operations: Operations;
  metrics: Metrics;
  planeOf: (node: string) => PlaneReport | undefined;
}

const STATES: readonly NodeState[] = ['Ready', 'Unknown', 'Down', 'Untrusted'];

/** Keeps one link for each Node object, and writes down what is seen of it. */
export class NodeController {
  readonly #options: NodeControllerOptions;

  constructor(options: NodeControllerOptions) {
    this.#options = options;
  }

  async pass(key: string): Promise<Outcome> {
    const { store, cluster } = this.#options;
    const ref = parseRefKey(key) as ObjectRef & { kind: 'Node' };
    const node = store.snapshot().get(ref);
    if (node === undefined) {
      await leaveHost(ref, this.#options);
      return this.#forget(ref);
    }
    this.connect(node);
    const observation = cluster.observation(ref.name);
    return observation === undefined ? DONE : this.#report(node, observation);
  }

  /** Keeps the link to it, from now on. */
  connect(node: StoredNode): void {
    const { store, cluster } = this.#options;
    cluster.ensure(node, (name) => store.snapshot().get({ kind: 'Node', name })?.spec);
  }

  #forget(ref: ObjectRef): Outcome {
    const left = this.#options.cluster
      .remove(ref.name)
      .filter((container) => ownerKey(container.labels, this.#options.clusterName) !== undefined);
    for (const state of STATES) this.#options.metrics.set('dswarm_host_state', 0, { host: ref.name, state });
    if (left.length > 0) {
      const names = left.map((container) => container.name).sort();
      this.#options.events.emit(
        ref,
        'Warning',
        'ContainersLeft',
        `the node was removed with containers on it, which go on by themselves: ${names.join(', ')}`,
      );
    }
    return DONE;
  }

  async #report(node: StoredNode, observation: NodeObservation): Promise<Outcome> {
    const { store, clock, clusterName, operations, events } = this.#options;
    const ours = [...observation.containers.values()].filter((container) => ownerKey(container.labels, clusterName) !== undefined);
    const running = ours.filter((container) => container.state === 'running').length;
    const { networks } = observation;
    const subnets = networks === undefined ? undefined : foreignSubnets(networks, clusterName);
    const { name } = node.metadata;
    const pressures = operations.troubles.pressures(name);
    const seen = { observation, tasks: running, plane: this.#options.planeOf(name), subnets, pressures };
    const status = nodeStatus(node, seen, { wall: clock.now(), monotonic: clock.monotonic() });
    this.#tell(node, observation, status.state ?? observation.state);
    for (const { type, reason, message } of nodeNews(node.status, status)) events.emit({ kind: 'Node', name }, type, reason, message);
    const next = this.#next({ ...node, status }, observation);
    if (sameJson(status, node.status)) return next;
    try {
      await store.commit([{ put: { ...node, status }, expect: node.metadata.resourceVersion }]);
    } catch (error) {
      if (hasCode(error, 'DSW_STORE_CONFLICT')) return { kind: 'requeue', afterMs: 0, why: error.message };
      throw error;
    }
    return next;
  }

  /** What only time changes: Unknown becomes Down, a node that is back becomes steady, a pressure is tried again. */
  #next(node: StoredNode, observation: NodeObservation): Outcome {
    const monotonic = this.#options.clock.monotonic();
    const waits = [
      untilDown(nodeLiveness(node, observation, monotonic)),
      untilSteady(node, observation, monotonic),
      this.#options.operations.troubles.nextMs(node.metadata.name),
    ].filter((wait) => wait !== undefined);
    if (waits.length === 0) return DONE;
    return { kind: 'requeue', afterMs: Math.min(...waits), why: `the node is ${node.status?.state ?? observation.state}` };
  }

  #tell(node: StoredNode, observation: NodeObservation, nodeState: NodeState): void {
    const { metrics, events } = this.#options;
    const host = node.metadata.name;
    for (const state of STATES) metrics.set('dswarm_host_state', state === nodeState ? 1 : 0, { host, state });
    if (node.status?.state === nodeState || (node.status === undefined && observation.state !== 'Ready' && !observation.tried)) return;
    const isGood = nodeState === 'Ready';
    events.emit(
      { kind: 'Node', name: host },
      isGood ? 'Normal' : 'Warning',
      isGood ? 'NodeReady' : `Node${nodeState}`,
      observation.message,
    );
  }
}
