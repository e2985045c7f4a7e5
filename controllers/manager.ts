import { Subject, type Subscription } from 'rxjs';
import { Operations, type ChainEnd } from '../lib/apply/operations.ts';
import type { PlaneReport } from '../lib/plan/node-status.ts';
import type { Chain } from '../lib/plan/step.ts';
import { engineNetwork, servesAs } from '../lib/plan/task-networks.ts';
import { DEFAULT_HISTORY_LIMIT } from '../lib/history/reap.ts';
import { BASELINE, type Policy } from '../lib/manifest/policy.ts';
import { LABELS, ownerKey } from '../lib/plan/names.ts';
import type { Clock } from '../lib/ports/clock.ts';
import type { EventSink } from '../lib/ports/events.ts';
import type { Hosts } from '../lib/ports/hosts.ts';
import type { Ids } from '../lib/ports/ids.ts';
import type { Log } from '../lib/ports/log.ts';
import type { Metrics } from '../lib/ports/metrics.ts';
import type { Planes } from '../lib/ports/plane.ts';
import type { Store, StoreEvent } from '../lib/ports/store.ts';
import { Cluster } from '../lib/runtime/cluster.ts';
import { LiveNodes } from '../lib/runtime/live-nodes.ts';
import { Pending, roomierNode } from '../lib/runtime/pending.ts';
import type { ObserverChange } from '../lib/runtime/observer.ts';
import { TaskIndex } from '../lib/runtime/task-index.ts';
import { workQueue, type Pass } from '../lib/runtime/work-queue.ts';
import { parseRefKey, refKey, refOf } from '../lib/types/objects.ts';
import type { ObservedNetwork } from '../lib/types/observation.ts';
import { sameJson } from '../lib/types/same-json.ts';
import { CronJobController, cronJobConcerned, cronJobKeys } from './cronjob.ts';
import { concernsNetworks, NetworkController, NETWORKS_KEY } from './network.ts';
import { ExternalChanges } from './external-changes.ts';
import { NodeController } from './node.ts';
import { PlaneController } from './plane.ts';
import { ServiceController } from './service.ts';

export interface ManagerOptions {
  /** Name of the cluster: containers labelled with another one are not ours. */
  clusterName: string;
  store: Store;
  hosts: Hosts;
  clock: Clock;
  ids: Ids;
  log: Log;
  metrics: Metrics;
  events: EventSink;
  /** Milliseconds between passes over everything, and between full lists of each node. */
  resyncMs: number;
  startsPerHost: number;
  /** How many tasks of a slot are remembered, the running one included; default 5, negative: all. */
  taskHistoryLimit?: number;
  /** What the runs of CronJobs may ask of a host; default: the baseline. */
  policy?: Policy;
  /** The nodes' data planes. Absent: there are none, and services are in no network. */
  planes?: Planes;
  /** Why there are none, for the nodes' status. */
  noPlane?: string;
}

const CONCURRENT_PASSES = 8;
/** Tens of containers that start together change state many times a second; a pass for each change would only take CPU from them. */
const REST_MS = 25;
const DRAIN_MS = 10_000;

/** Starts and stops the controllers: what changed becomes a key, a key becomes a pass. */
export class Manager {
  readonly cluster: Cluster;
  readonly index: TaskIndex;
  readonly nodes: LiveNodes;
  readonly operations: Operations;
  readonly plane: PlaneController | undefined;
  readonly #options: ManagerOptions;
  readonly #pending = new Pending();
  readonly #external: ExternalChanges;
  readonly #services = new Subject<string>();
  readonly #nodes = new Subject<string>();
  readonly #networks = new Subject<string>();
  readonly #cronJobs = new Subject<string>();
  readonly #subscriptions: Subscription[] = [];
  #cancelResync: (() => void) | undefined;

  constructor(options: ManagerOptions) {
    this.#options = options;
    this.#external = new ExternalChanges(options.events);
    this.cluster = new Cluster({ ...options, name: options.clusterName, relistMs: options.resyncMs });
    this.index = new TaskIndex(options.store);
    this.nodes = new LiveNodes(options.store, this.cluster);
    this.plane = this.#planeController(options.planes);
    this.operations = new Operations({
      ...options,
      cluster: options.clusterName,
      engines: this.cluster,
      ...(this.plane === undefined ? {} : { serving: this.plane }),
      ended: (end) => this.#onChainEnd(end),
    });
  }

  start(): void {
    const { store } = this.#options;
    const parts = {
      ...this.#options,
      cluster: this.cluster,
      index: this.index,
      nodes: this.nodes,
      pending: this.#pending,
      operations: this.operations,
      plane: this.plane,
      external: this.#external,
    };
    const { taskHistoryLimit = DEFAULT_HISTORY_LIMIT } = this.#options;
    const services = new ServiceController({ ...parts, taskHistoryLimit });
    const nodes = new NodeController({ ...parts, planeOf: (node) => this.#planeOf(node) });
    const networks = new NetworkController({ ...parts, dataPlane: this.plane !== undefined });
    const cronJobs = new CronJobController({ ...this.#options, policy: this.#options.policy ?? BASELINE });
    this.#work('service', this.#services, (key) => services.pass(key));
    this.#work('node', this.#nodes, (key) => nodes.pass(key));
    this.#work('network', this.#networks, () => networks.pass());
    this.#work('cronjob', this.#cronJobs, (key) => cronJobs.pass(key));
    this.#subscriptions.push(this.cluster.changes$.subscribe((change) => this.#onObserved(change)));
    const snapshot = store.snapshot();
    this.#subscriptions.push(store.watch(snapshot.revision).subscribe((event) => this.#onStored(event)));
    // All at once, before any pass: a task on a node that the cluster does not have yet would pass for one whose node was removed.
    for (const node of snapshot.list('Node')) nodes.connect(node);
    // Of a service that was deleted while no controller ran nothing may be left but its revisions.
    for (const { metadata, spec } of snapshot.list('Revision'))
      this.#services.next(refKey({ kind: 'Service', namespace: metadata.namespace, name: spec.service }));
    this.plane?.start();
    this.#resync();
  }

  /** Stops passes, lets calls under way end, closes all links. What runs on the hosts goes on. */
  async stop(): Promise<void> {
    this.#cancelResync?.();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    await this.operations.drain(DRAIN_MS);
    this.plane?.stop();
    await this.cluster.close();
    this.nodes.close();
    this.index.close();
  }

  #work(name: string, keys: Subject<string>, process: Parameters<typeof workQueue>[0]['process']): void {
    const passes = keys.pipe(workQueue({ ...this.#options, name, concurrency: CONCURRENT_PASSES, restMs: REST_MS, process }));
    this.#subscriptions.push(passes.subscribe((pass) => this.#onPass(name, pass)));
  }

  /** A pass over everything: what no event told of is found here at the latest. */
  #resync(): void {
    this.#networks.next(NETWORKS_KEY);
    this.plane?.resync();
    this.#pruneNetworks();
    this.#enqueueCronJobs(cronJobKeys(this.#options.store.snapshot()));
    for (const node of this.#options.store.snapshot().list('Node')) this.#nodes.next(refKey(refOf(node)));
    this.#enqueueServices();
    this.#cancelResync = this.#options.clock.after(this.#options.resyncMs, () => this.#resync());
  }

  #onNetwork({ type, object }: StoreEvent): void {
    this.#enqueueServices(object.metadata.namespace);
    if (type === 'DELETED') this.#pruneNetworks();
  }

  /** What the engines have of networks that are no more, or that have another part of them now. */
  #pruneNetworks(nodes = this.cluster.names()): void {
    if (this.plane === undefined) return;
    const isWanted = (node: string, present: ObservedNetwork): boolean => {
      const { labels } = present;
      const ref = { kind: 'Network', namespace: labels[LABELS.namespace], name: labels[LABELS.network] ?? '' } as const;
      const network = this.#options.store.snapshot().get(ref);
      const wanted = network === undefined ? undefined : engineNetwork(network, node, this.#options.clusterName);
      return wanted === undefined ? network !== undefined : servesAs(present, wanted);
    };
    for (const node of nodes.filter((name) => this.cluster.observation(name)?.state === 'Ready')) {
      this.operations.networks
        .prune(node, (present) => isWanted(node, present))
        .catch((error: unknown) => this.#options.log.warn({ node, error: String(error) }, 'networks nobody needs could not be removed'));
    }
  }

  /** Nothing holds a node's network as it was any more: it goes, and tasks that wait for it may be made. */
  #onFreed({ object }: StoreEvent): void {
    if (object.kind !== 'Task') return;
    this.#pruneNetworks([object.spec.node]);
    this.#enqueueServices(object.metadata.namespace);
  }

  #planeOf(node: string): PlaneReport | undefined {
    const { noPlane } = this.#options;
    return this.plane?.report(node) ?? (noPlane === undefined ? undefined : { generation: 0, state: 'off', message: noPlane });
  }

  #planeController(planes: Planes | undefined): PlaneController | undefined {
    if (planes === undefined) return undefined;
    return new PlaneController({
      ...this.#options,
      cluster: this.cluster,
      index: this.index,
      planes,
      entered: (services) => services.forEach((key) => this.#services.next(key)),
      reported: (node) => this.#nodes.next(refKey({ kind: 'Node', name: node })),
    });
  }

  #enqueueCronJobs(keys: Iterable<string>): void {
    for (const key of keys) this.#cronJobs.next(key);
  }

  /** Those of one namespace, or all, and then also those that only tasks or containers are left of. */
  #enqueueServices(namespace?: string): void {
    const known = this.#options.store
      .snapshot()
      .list('Service', { namespace })
      .map((service) => refKey(refOf(service)));
    const left = namespace === undefined ? [...this.index.services(), ...this.cluster.owners()] : [];
    for (const key of new Set([...known, ...left])) this.#services.next(key);
  }

  #onStored(event: StoreEvent): void {
    const { object, type } = event;
    if (concernsNetworks(event, (key) => this.index.isInUse(key))) this.#networks.next(NETWORKS_KEY);
    this.#enqueueCronJobs(cronJobConcerned(event));
    if (object.kind === 'Service' && (!isStatusOnly(event) || isReachedAnew(event))) this.#services.next(refKey(refOf(object)));
    this.#wakePending(event);
    if (hasSettled(event)) this.#enqueueServices();
    if (givesRoom(event)) this.#onNetwork(event);
    if (this.index.wasLastStray(event)) this.#onFreed(event);
    if (object.kind !== 'Node' || isStatusOnly(event)) return;
    this.#nodes.next(refKey(refOf(object)));
    if (type !== 'ADDED') this.#enqueueServices();
  }

  #wakePending(event: StoreEvent): void {
    const node = roomierNode(event);
    if (node !== undefined) for (const key of this.#pending.servedBy(node, this.nodes.index())) this.#services.next(key);
  }

  #onObserved(change: ObserverChange): void {
    const owners = change.changed.flatMap((container) => ownerKey(container.labels, this.#options.clusterName) ?? []);
    for (const key of new Set(owners)) this.#services.next(key);
    for (const container of change.updated ?? []) {
      const owner = ownerKey(container.labels, this.#options.clusterName);
      if (owner !== undefined) this.#external.tellUpdate(owner, change.node, container);
    }
    if (change.stateChanged) this.#enqueueServices();
    if (change.volumesChanged === true) for (const key of this.#pending.ofCertainNodes()) this.#services.next(key);
    if (change.volumesRemoved !== undefined) {
      const present = this.cluster.observation(change.node)?.volumes ?? [];
      this.#external.tellVolumes({ removed: change.volumesRemoved, present }, this.index.ofNode(change.node));
    }
    this.#nodes.next(refKey({ kind: 'Node', name: change.node }));
  }

  #onChainEnd({ owner, chain, error, reason }: ChainEnd): void {
    const about = parseRefKey(owner);
    const fields = { owner, slot: chain.slot, reason: chain.reason, steps: chain.steps.map((step) => step.op) };
    if (error === undefined) {
      this.#options.log.info(fields, 'steps done');
      this.#options.events.emit(
        about,
        'Normal',
        chain.steps.some(({ op }) => op === 'start') ? 'TaskStarted' : 'TaskRemoved',
        describeChain(chain),
      );
    } else {
      this.#options.log.warn({ ...fields, error: error.message }, 'a step failed');
      this.#options.events.emit(about, 'Warning', reason ?? 'StepFailed', `${describeChain(chain)}: ${error.message}`);
    }
    this.#services.next(owner);
    // What went wrong, or well again, may be the node's matter.
    for (const node of new Set(chain.steps.map((step) => step.node))) this.#nodes.next(refKey({ kind: 'Node', name: node }));
  }

  #onPass(controller: string, { key, outcome }: Pass): void {
    if (outcome.kind === 'failed')
      this.#options.log.error({ controller, key, error: outcome.error.message, stack: outcome.error.stack }, 'a pass failed');
  }
}

/** `default_web.1.7f3a9c2e on h1 (missing)`: the container that the chain is about, where, and why. */
function describeChain(chain: Chain): string {
  const subject = chain.steps.find((step) => step.op === 'start') ?? chain.steps.find((step) => step.op === 'remove');
  return subject === undefined ? `slot ${chain.slot} (${chain.reason})` : `${subject.name} on ${subject.node} (${chain.reason})`;
}

/** A node that is steady again after a failover takes tasks again. */
function hasSettled({ object, previous }: StoreEvent): boolean {
  if (object.kind !== 'Node' || previous?.kind !== 'Node') return false;
  return previous.status?.failover !== undefined && object.status?.failover === undefined;
}

/** A node has its part of the network now, or the network is another: tasks that wait for it may go on. */
function givesRoom({ type, object, previous }: StoreEvent): boolean {
  if (object.kind !== 'Network') return false;
  const part = (network: StoreEvent['previous']): unknown =>
    network?.kind === 'Network'
      ? [network.metadata.deletionTimestamp, network.status?.subnet, network.status?.bridge, network.status?.nodes]
      : undefined;
  return type === 'DELETED' || !sameJson(part(object), part(previous));
}

/** It was given ports: what waited for them may go on. */
function isReachedAnew({ object, previous }: StoreEvent): boolean {
  if (object.kind !== 'Service' || previous?.kind !== 'Service') return false;
  return !sameJson([object.status?.ports, object.status?.portsMessage], [previous.status?.ports, previous.status?.portsMessage]);
}

/** Our own status writes start no pass. */
function isStatusOnly({ type, object, previous }: StoreEvent): boolean {
  if (type === 'DELETED' || previous === undefined || !('spec' in object) || !('spec' in previous)) return false;
  return (
    object.metadata.uid === previous.metadata.uid &&
    object.metadata.generation === previous.metadata.generation &&
    sameJson(object.metadata.labels, previous.metadata.labels) &&
    sameJson(object.metadata.annotations, previous.metadata.annotations)
  );
}
