import type { Subscription } from 'rxjs';
import { isRetired } from '../history/retire.ts';
import { countsOnNode } from '../plan/demand.ts';
import type { Store, StoreEvent } from '../ports/store.ts';
import { addResources, NO_RESOURCES, toResources, type Resources } from '../schedule/resources.ts';
import { refKey, type StoredService, type StoredTask } from '../types/objects.ts';

const NO_TASKS: ReadonlyMap<string, StoredTask> = new Map();

/** Key of the service that a task belongs to. */
export function serviceKeyOf(task: StoredTask): string {
  return refKey({ kind: 'Service', namespace: task.metadata.namespace, name: task.spec.service });
}

/** Keys of the networks that a task is in. */
export function networksOf({ metadata, spec }: StoredTask): string[] {
  return (spec.networks ?? []).map((name) => refKey({ kind: 'Network', namespace: metadata.namespace, name }));
}

/** Tasks by service and by node, kept up with the store: a pass reads its own tasks only. */
export class TaskIndex {
  readonly #byService = new Map<string, Map<string, StoredTask>>();
  readonly #retired = new Map<string, Map<string, StoredTask>>();
  readonly #byNode = new Map<string, Map<string, StoredTask>>();
  /** What counts on each node: tasks that have not ended, and what is kept for them. */
  readonly #loads = new Map<string, { tasks: number; reserved: Resources }>();
  /** How many tasks are in each network; those that have left their slots are in none. */
  readonly #networks = new Map<string, number>();
  /** Host ports of the services that bind any: `8080/tcp`. */
  readonly #hostPorts = new Map<string, readonly string[]>();
  readonly #subscription: Subscription;

  constructor(store: Store) {
    const snapshot = store.snapshot();
    for (const task of snapshot.list('Task')) this.#put(task);
    for (const service of snapshot.list('Service')) this.#putService(service);
    this.#subscription = store.watch(snapshot.revision).subscribe((event) => this.#onEvent(event));
  }

  close(): void {
    this.#subscription.unsubscribe();
  }

  /** Those that fill a slot, or leave one; in order of name. */
  ofService(key: string): StoredTask[] {
    return [...(this.#byService.get(key) ?? NO_TASKS).values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  }

  /** Tasks that have left their slots. */
  historyOf(key: string): StoredTask[] {
    return [...(this.#retired.get(key) ?? NO_TASKS).values()];
  }

  ofNode(node: string): StoredTask[] {
    return [...(this.#byNode.get(node) ?? NO_TASKS).values()];
  }

  /** Tasks on a node that have not ended. */
  countOn(node: string): number {
    return this.#loads.get(node)?.tasks ?? 0;
  }

  /** What is kept for them. */
  reservedOn(node: string): Resources {
    return this.#loads.get(node)?.reserved ?? NO_RESOURCES;
  }

  services(): string[] {
    return [...new Set([...this.#byService.keys(), ...this.#retired.keys()])];
  }

  /** Keys of the networks that tasks are in. */
  networksInUse(): ReadonlySet<string> {
    return new Set(this.#networks.keys());
  }

  isInUse(network: string): boolean {
    return this.#networks.has(network);
  }

  /** Host ports bound on a node by other services than this one. */
  portsOn(node: string, except: string): Set<string> {
    const used = new Set<string>();
    for (const [service, ports] of this.#hostPorts) {
      if (service === except) continue;
      const there = [...(this.#byService.get(service) ?? NO_TASKS).values()].some((task) => task.spec.node === node);
      if (there) for (const port of ports) used.add(port);
    }
    return used;
  }

  #onEvent({ type, object, previous }: StoreEvent): void {
    if (object.kind === 'Service') {
      if (type === 'DELETED')
        this.#hostPorts.delete(refKey({ kind: 'Service', namespace: object.metadata.namespace, name: object.metadata.name }));
      else this.#putService(object);
    }
    if (object.kind !== 'Task') return;
    if (previous?.kind === 'Task') this.#remove(previous);
    if (type !== 'DELETED') this.#put(object);
  }

  #putService(service: StoredService): void {
    const key = refKey({ kind: 'Service', namespace: service.metadata.namespace, name: service.metadata.name });
    const ports = (service.spec.ports ?? []).flatMap((port) =>
      port.mode === 'host' && port.published !== undefined ? [`${port.published}/${port.protocol}`] : [],
    );
    if (ports.length === 0) this.#hostPorts.delete(key);
    else this.#hostPorts.set(key, ports);
  }

  #put(task: StoredTask): void {
    if (isRetired(task)) return void into(this.#retired, serviceKeyOf(task)).set(taskKey(task), task);
    into(this.#byService, serviceKeyOf(task)).set(taskKey(task), task);
    into(this.#byNode, task.spec.node).set(taskKey(task), task);
    this.#count(task, 1);
    this.#countNetworks(task, 1);
  }

  #remove(task: StoredTask): void {
    if (isRetired(task)) return dropFrom(this.#retired, serviceKeyOf(task), taskKey(task));
    dropFrom(this.#byService, serviceKeyOf(task), taskKey(task));
    dropFrom(this.#byNode, task.spec.node, taskKey(task));
    this.#count(task, -1);
    this.#countNetworks(task, -1);
  }

  #countNetworks(task: StoredTask, by: 1 | -1): void {
    for (const key of networksOf(task)) {
      const count = (this.#networks.get(key) ?? 0) + by;
      if (count === 0) this.#networks.delete(key);
      else this.#networks.set(key, count);
    }
  }

  #count(task: StoredTask, by: 1 | -1): void {
    if (!countsOnNode(task)) return;
    const { tasks, reserved } = this.#loads.get(task.spec.node) ?? { tasks: 0, reserved: NO_RESOURCES };
    if (tasks + by === 0) this.#loads.delete(task.spec.node);
    else this.#loads.set(task.spec.node, { tasks: tasks + by, reserved: addResources(reserved, toResources(task.spec.reservations), by) });
  }
}

function taskKey(task: StoredTask): string {
  return `${task.metadata.namespace ?? ''}/${task.metadata.name}`;
}

function into(index: Map<string, Map<string, StoredTask>>, key: string): Map<string, StoredTask> {
  const existing = index.get(key);
  if (existing !== undefined) return existing;
  const created = new Map<string, StoredTask>();
  index.set(key, created);
  return created;
}

function dropFrom(index: Map<string, Map<string, StoredTask>>, key: string, task: string): void {
  const tasks = index.get(key);
  tasks?.delete(task);
  if (tasks?.size === 0) index.delete(key);
}
