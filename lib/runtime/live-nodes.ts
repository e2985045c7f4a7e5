import type { Subscription } from 'rxjs';
import { isRetired } from '../history/retire.ts';
import { countsOnNode, hostPortsOf } from '../plan/demand.ts';
import type { Store, StoreEvent } from '../ports/store.ts';
import { nodeFacts } from '../schedule/facts.ts';
import { NodeIndex } from '../schedule/node-index.ts';
import { toResources } from '../schedule/resources.ts';
import { refKey, refOf, type StoredNode, type StoredTask } from '../types/objects.ts';
import type { Cluster } from './cluster.ts';
import { serviceKeyOf } from './task-index.ts';

/** How long first placements wait for nodes that are still connecting for the first time. */
export const SETTLE_MS = 5_000;

/** What is seen of the hosts. */
export type Observations = Pick<Cluster, 'observation' | 'stale$'>;

/**
 * The nodes as the scheduler sees them, kept up with the store and with what is seen of the hosts: a pass pays for what changed since the
 * one before, not for the number of nodes and tasks.
 */
export class LiveNodes {
  readonly #index = new NodeIndex();
  readonly #cluster: Observations;
  readonly #objects = new Map<string, StoredNode>();
  /** Nodes of which something changed since the index was last asked for. */
  readonly #stale = new Set<string>();
  /** Nodes that nobody has tried to reach yet. */
  readonly #untried = new Set<string>();
  /** Host ports of the services that bind any, for tasks whose own record does not tell theirs. */
  readonly #servicePorts = new Map<string, readonly string[]>();
  /** Those of tasks, by task. */
  readonly #bound = new Map<string, readonly string[]>();
  readonly #subscriptions: Subscription[];

  constructor(store: Store, cluster: Observations) {
    this.#cluster = cluster;
    const snapshot = store.snapshot();
    for (const object of [...snapshot.list('Node'), ...snapshot.list('Service'), ...snapshot.list('Task')])
      this.#onEvent({ type: 'ADDED', revision: snapshot.revision, object });
    this.#subscriptions = [
      store.watch(snapshot.revision).subscribe((event) => this.#onEvent(event)),
      cluster.stale$.subscribe((node) => void this.#stale.add(node)),
    ];
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  /** As they are now. It goes on with them: whoever asks reads it at once, and changes nothing in it. */
  index(): NodeIndex {
    this.#refresh();
    return this.#index;
  }

  /** Whether nodes are still connecting for the first time; `now` in milliseconds since the epoch. */
  isSettling(now: number): boolean {
    this.#refresh();
    return [...this.#untried].some((name) => {
      const observation = this.#cluster.observation(name);
      return observation === undefined || now - observation.since < SETTLE_MS;
    });
  }

  #refresh(): void {
    if (this.#stale.size === 0) return;
    const names = [...this.#stale];
    this.#stale.clear();
    this.#index.remove(names.filter((name) => !this.#objects.has(name)));
    this.#index.change(names.flatMap((name) => this.#look(name)));
  }

  #look(name: string): ReturnType<typeof nodeFacts>[] {
    const node = this.#objects.get(name);
    const observation = this.#cluster.observation(name);
    if (node === undefined || observation?.tried === true) this.#untried.delete(name);
    else this.#untried.add(name);
    return node === undefined ? [] : [nodeFacts({ node, observation })];
  }

  #onEvent({ type, object, previous }: StoreEvent): void {
    switch (object.kind) {
      case 'Node':
        this.#stale.add(object.metadata.name);
        if (type === 'DELETED') this.#objects.delete(object.metadata.name);
        else this.#objects.set(object.metadata.name, object);
        return;
      case 'Service':
        if (type === 'DELETED') this.#servicePorts.delete(refKey(refOf(object)));
        else this.#servicePorts.set(refKey(refOf(object)), hostPortsOf(object.spec));
        return;
      case 'Task':
        this.#onTask(previous?.kind === 'Task' ? previous : undefined, type === 'DELETED' ? undefined : object);
        break;
      default:
        break;
    }
  }

  /** Most changes of a task are of its status, and count nothing. */
  #onTask(before: StoredTask | undefined, after: StoredTask | undefined): void {
    const counted = counts(before, countsOnNode);
    const counting = counts(after, countsOnNode);
    if (counted !== undefined && counting === undefined) this.#index.removeTask(counted.spec.node, toResources(counted.spec.reservations));
    if (counted === undefined && counting !== undefined) this.#index.addTask(counting.spec.node, toResources(counting.spec.reservations));
    const bound = counts(before, holdsPorts);
    const binding = counts(after, holdsPorts);
    if (bound !== undefined && binding === undefined) this.#bind(bound, -1);
    if (bound === undefined && binding !== undefined) this.#bind(binding, 1);
  }

  /** What was bound is unbound, whatever became of the service meanwhile. */
  #bind(task: StoredTask, by: 1 | -1): void {
    const name = refKey(refOf(task));
    const service = serviceKeyOf(task);
    const ports = this.#bound.get(name) ?? task.spec.hostPorts ?? this.#servicePorts.get(service) ?? [];
    if (ports.length === 0) return;
    if (by === 1) this.#bound.set(name, ports);
    else this.#bound.delete(name);
    this.#index.bindPorts(task.spec.node, service, ports, by);
  }
}

const holdsPorts = (task: StoredTask): boolean => !isRetired(task);

/** The task where there is one and it counts. */
function counts(task: StoredTask | undefined, how: (task: StoredTask) => boolean): StoredTask | undefined {
  return task !== undefined && how(task) ? task : undefined;
}
