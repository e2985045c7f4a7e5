import type { Subscription } from 'rxjs';
import { checksOf, withProblems, type CheckResult } from '../lib/dataplane/checks.ts';
import type { Served, ServedNode } from '../lib/dataplane/model.ts';
import { changedServices, isSameServed, movesOf } from '../lib/dataplane/served.ts';
import { Shared } from '../lib/dataplane/shared.ts';
import { tunnelProblem } from '../lib/dataplane/tunnels.ts';
import { namespaceOf } from '../lib/plan/names.ts';
import type { PlaneReport } from '../lib/plan/node-status.ts';
import type { Clock } from '../lib/ports/clock.ts';
import type { Ids } from '../lib/ports/ids.ts';
import type { Log } from '../lib/ports/log.ts';
import type { Metrics } from '../lib/ports/metrics.ts';
import type { Planes } from '../lib/ports/plane.ts';
import type { Serving } from '../lib/ports/serving.ts';
import type { Store } from '../lib/ports/store.ts';
import { Acknowledgements } from '../lib/runtime/acknowledgements.ts';
import type { Cluster } from '../lib/runtime/cluster.ts';
import { Departures } from '../lib/runtime/departures.ts';
import { LiveServed } from '../lib/runtime/live-served.ts';
import { NodePlane, type PlaneProblem } from '../lib/runtime/node-plane.ts';
import type { TaskIndex } from '../lib/runtime/task-index.ts';
import type { StoredNode, StoredTask } from '../lib/types/objects.ts';
import { PlaneAddresses } from './plane-addresses.ts';

export interface PlaneControllerOptions {
  clusterName: string;
  store: Store;
  cluster: Cluster;
  index: TaskIndex;
  planes: Planes;
  clock: Clock;
  ids: Ids;
  log: Log;
  metrics: Metrics;
  /** All nodes lead to tasks of these services now. */
  entered: (serviceKeys: ReadonlySet<string>) => void;
  /** What a node's status tells of its plane changed. */
  reported: (node: string) => void;
}

/** What happens in one moment goes together. */
const GATHER_MS = 3;
/** So long a withdrawal waits for nodes at most; one that fails is not waited for after half of it. */
const LIMIT_MS = 10_000;
/** While somebody waits, how often it is asked whether the nodes in the way still answer. */
const LOOK_MS = 1_000;
/** Acknowledged revisions are written down so often at most. */
const REPORT_MS = 1_000;

/** Keeps the planes of all nodes current with what the cluster serves, and tells who is in every node's tables. */
export class PlaneController implements Serving {
  readonly #options: PlaneControllerOptions;
  readonly #nodes = new Map<string, NodePlane>();
  readonly #acks: Acknowledgements;
  readonly #addresses: PlaneAddresses;
  readonly #subscriptions: Subscription[] = [];
  readonly #live: LiveServed;
  readonly #departures = new Departures();
  readonly #shared = new Shared();
  /** Of tasks that are on their way into the tables: the services, as NAMESPACE/NAME. */
  readonly #services = new Map<string, string>();
  /** When each revision was made that is not acknowledged yet. */
  readonly #programming = new Map<number, number>();
  /** Nodes that have told of their hosts in this run. */
  readonly #heard = new Set<string>();
  #served: Served | undefined;
  #revision = 0;
  #cancelGather: (() => void) | undefined;
  /** Told of the next revision, or that all is as in the last one. */
  readonly #gatherers: ((revision: number) => void)[] = [];
  #cancelLook: (() => void) | undefined;
  #cancelReport: (() => void) | undefined;
  #isStopped = false;

  constructor(options: PlaneControllerOptions) {
    this.#options = options;
    this.#acks = new Acknowledgements({ clock: options.clock, limitMs: LIMIT_MS });
    this.#addresses = new PlaneAddresses({ ...options, changed: () => this.#live.touchAll() });
    this.#live = new LiveServed({
      ...options,
      endOf: (node) => this.#endOf(node),
      withdrawn: () => this.#acks.withdrawn,
      changed: () => this.#later(),
    });
  }

  start(): void {
    const snapshot = this.#options.store.snapshot();
    // Numbers that nodes have seen from an earlier run are not given again.
    this.#revision = Math.max(0, ...snapshot.list('Node').map(({ status }) => status?.plane?.generation ?? 0));
    this.#subscriptions.push(this.#options.cluster.changes$.subscribe(({ stateChanged }) => (stateChanged ? this.#later() : undefined)));
    this.#live.start();
  }

  /** What was applied stays in force. */
  stop(): void {
    this.#isStopped = true;
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#live.close();
    this.#cancelGather?.();
    this.#cancelLook?.();
    this.#cancelReport?.();
    for (const resolve of this.#gatherers.splice(0)) resolve(this.#revision);
    this.#acks.close();
    for (const plane of this.#nodes.values()) plane.down();
    this.#options.planes.close();
  }

  /** Makes sure of every plane, though nothing changed. */
  resync(): void {
    this.#addresses.refresh();
    this.#live.touchAll();
    for (const plane of this.#nodes.values()) plane.check();
  }

  async withdraw(task: string): Promise<void> {
    if (this.#isStopped) return;
    this.#acks.withdraw(task);
    this.#live.touchTask(task);
    const revision = await this.#gathered();
    const reached = this.#acks.reached(revision);
    this.#settle();
    await reached;
  }

  restore(task: string): void {
    this.#acks.restore(task);
    this.#live.touchTask(task);
  }

  /** Whether a task is where its clients find it; one that is in no network is found without us. */
  hasEntered(task: StoredTask): boolean {
    return (task.spec.networks ?? []).length === 0 || this.#acks.hasEntered(keyOf(task));
  }

  /** Tries out on every node what it serves. A node that cannot be asked is told as well. */
  async check(): Promise<CheckResult[]> {
    const served = this.#served;
    if (served === undefined) return [];
    const results = [...this.#nodes].map(async ([node, plane]): Promise<CheckResult[]> => {
      const checks = checksOf(served, node);
      try {
        return withProblems(checks, await plane.probe(checks.map(({ probe }) => probe)));
      } catch (error) {
        return [{ from: node, to: node, what: 'tunnel', probe: '', subject: 'its data plane', problem: (error as Error).message }];
      }
    });
    return (await Promise.all(results)).flat();
  }

  /** Takes the data plane off the host of a node that is no more. What is left of it there is nobody's any more. */
  async leave(node: string): Promise<void> {
    const { planes, clusterName, cluster } = this.#options;
    this.#drop(node);
    await planes.remove({ node, cluster: clusterName, docker: cluster.docker(node) });
  }

  report(node: string): PlaneReport {
    const plane = this.#nodes.get(node);
    const { publicKey, acknowledged = 0, routes } = plane ?? {};
    const problem = plane?.problem ?? this.#addressProblem(node) ?? this.#tunnelProblem(node) ?? plane?.lag(this.#revision);
    const known = {
      ...(publicKey === undefined ? {} : { publicKey }),
      ...(routes === undefined ? {} : { routes }),
      generation: acknowledged,
    };
    if (problem !== undefined) return { ...known, state: 'failing', ...problem };
    if (acknowledged === 0) return { ...known, state: 'starting', message: 'its data plane is being made sure of' };
    return { ...known, state: 'current', message: 'it serves what the cluster serves' };
  }

  #addressProblem(node: string): PlaneProblem | undefined {
    const message = this.#addresses.problem(node);
    return message === undefined ? undefined : { reason: 'NotCurrent', message };
  }

  #tunnelProblem(node: string): PlaneProblem | undefined {
    const nodes = this.#served?.nodes ?? [];
    const [plane, own] = [this.#nodes.get(node), nodes.find(({ name }) => name === node)];
    if (plane?.isUp !== true || own === undefined) return undefined;
    const answers = (name: string): boolean => this.#nodes.get(name)?.isUp === true;
    return tunnelProblem(own, nodes, { silent: plane.silentEnds, answers });
  }

  #later(): void {
    if (this.#isStopped) return;
    this.#cancelGather ??= this.#options.clock.after(GATHER_MS, () => this.#gather());
  }

  /** The revision that has all that is known now. Tasks that are withdrawn in one moment share one. */
  #gathered(): Promise<number> {
    return new Promise((resolve) => {
      this.#gatherers.push(resolve);
      this.#later();
    });
  }

  /** Gives the nodes what differs. */
  #gather(): void {
    this.#cancelGather = undefined;
    const nodes = this.#options.store.snapshot().list('Node');
    this.#keepNodes(nodes);
    const served = this.#live.gather();
    if (this.#served === undefined || !isSameServed(served, this.#served)) this.#serve(served);
    this.#forgetEnded(nodes);
    for (const resolve of this.#gatherers.splice(0)) resolve(this.#revision);
    this.#settle();
  }

  #serve(served: Served): void {
    const { come, gone } = movesOf(changedServices(this.#served?.services ?? [], served.services));
    this.#revision = 1 + Math.max(this.#revision, ...[...this.#nodes.values()].map(({ generation }) => generation));
    this.#served = served;
    this.#programming.set(this.#revision, this.#options.clock.monotonic());
    this.#options.metrics.count('kubeproxy_sync_proxy_rules_endpoint_changes_total');
    this.#departures.left(gone);
    this.#departures.entered(come);
    for (const { key } of gone) this.#services.delete(key);
    for (const { key, service } of come) this.#services.set(key, service);
    this.#acks.serves(this.#revision, come, gone);
    for (const plane of this.#nodes.values()) plane.want({ number: this.#revision, served });
  }

  #forgetEnded(nodes: readonly StoredNode[]): void {
    const there = new Set(nodes.filter(({ status }) => status?.state !== 'Down').map(({ metadata }) => metadata.name));
    const over = this.#departures.ended(
      (service) => this.#live.sight(`Service/${service}`),
      (node) => !there.has(node),
    );
    if (over.length > 0) for (const plane of this.#nodes.values()) plane.forget(over);
  }

  /** A key that was learnt once holds: a node that is away keeps its tunnels. */
  #endOf(node: StoredNode): Omit<ServedNode, 'name'> {
    const publicKey = this.#nodes.get(node.metadata.name)?.publicKey ?? node.status?.plane?.publicKey;
    const address = this.#addresses.of(node);
    return {
      ...(address === undefined ? {} : { address }),
      ...(publicKey === undefined ? {} : { publicKey }),
      ...(node.status?.state === 'Down' ? { isDown: true } : {}),
    };
  }

  #keepNodes(nodes: readonly StoredNode[]): void {
    const { cluster } = this.#options;
    const names = new Set(nodes.map(({ metadata }) => metadata.name));
    for (const name of this.#nodes.keys()) if (!names.has(name)) this.#drop(name);
    this.#addresses.keep(names);
    for (const name of names) {
      const plane = this.#nodes.get(name) ?? this.#add(name);
      const seen = cluster.observation(name);
      if (seen?.state === 'Ready' && seen.listed) plane.up();
      else plane.down(seen?.tried === true);
    }
  }

  #drop(node: string): void {
    this.#nodes.get(node)?.down();
    this.#nodes.delete(node);
    this.#heard.delete(node);
  }

  #add(node: string): NodePlane {
    const { clusterName, cluster } = this.#options;
    const docker = (): ReturnType<Cluster['docker']> => cluster.docker(node);
    const arch = (): string | undefined => cluster.observation(node)?.engine?.arch;
    const plane = new NodePlane({
      ...this.#options,
      cluster: clusterName,
      node,
      docker,
      arch,
      shared: this.#shared,
      changed: () => this.#onPlane(node),
    });
    this.#nodes.set(node, plane);
    if (this.#served !== undefined) plane.want({ number: this.#revision, served: this.#served });
    return plane;
  }

  #onPlane(node: string): void {
    if (this.#isStopped) return;
    const plane = this.#nodes.get(node);
    const known = this.#served?.nodes.find(({ name }) => name === node)?.publicKey;
    if (plane?.publicKey !== undefined && plane.publicKey !== known) this.#later();
    this.#settle();
    this.#reportLater();
    this.#reportFirst(node);
  }

  /** Whoever waits goes on once all nodes that answer have acknowledged. */
  #settle(): void {
    const awaited = [...this.#nodes.values()].filter(({ isAwaited }) => isAwaited);
    const revision = Math.min(this.#revision, ...awaited.map(({ acknowledged }) => acknowledged));
    this.#measure(revision);
    const services = new Set<string>();
    for (const task of this.#acks.acknowledged(revision)) {
      const service = this.#services.get(task);
      if (service !== undefined) services.add(`Service/${service}`);
      this.#services.delete(task);
    }
    if (services.size > 0) this.#options.entered(services);
    if (!this.#acks.isWaiting || this.#isStopped) return;
    this.#cancelLook ??= this.#options.clock.after(LOOK_MS, () => {
      this.#cancelLook = undefined;
      this.#settle();
    });
  }

  #measure(acknowledged: number): void {
    for (const [revision, since] of this.#programming) {
      if (revision > acknowledged) return;
      this.#programming.delete(revision);
      const seconds = (this.#options.clock.monotonic() - since) / 1000;
      this.#options.metrics.observe('kubeproxy_network_programming_duration_seconds', seconds);
    }
  }

  /** New networks wait for what it tells of its host. */
  #reportFirst(node: string): void {
    if (this.#nodes.get(node)?.routes === undefined || this.#heard.has(node)) return;
    this.#heard.add(node);
    this.#options.reported(node);
  }

  #reportLater(): void {
    this.#cancelReport ??= this.#options.clock.after(REPORT_MS, () => {
      this.#cancelReport = undefined;
      for (const node of this.#nodes.keys()) this.#options.reported(node);
    });
  }
}

function keyOf(task: StoredTask): string {
  return `${namespaceOf(task)}/${task.metadata.name}`;
}
