import type { Subscription } from 'rxjs';
import { isRetired } from '../history/retire.ts';
import { attachmentsOf } from '../network/attachments.ts';
import type { Store, StoreEvent } from '../ports/store.ts';
import { refKey, refOf, type StoredNetwork, type StoredService, type StoredTask } from '../types/objects.ts';
import { repartedNodes, StrayTasks } from './stray-tasks.ts';

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
  /** How many tasks are in each network; those that have left their slots are in none. */
  readonly #networks = new Map<string, number>();
  readonly #strays: StrayTasks;
  readonly #subscription: Subscription;

  constructor(store: Store) {
    this.#strays = new StrayTasks(store);
    const snapshot = store.snapshot();
    for (const task of snapshot.list('Task')) this.#put(task);
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

  /** Of all services, in the networks of this one. */
  straysOf({ metadata, spec }: StoredService): ReadonlyMap<string, ReadonlySet<string>> {
    const keys = attachmentsOf(spec).map(({ name }) => refKey({ kind: 'Network', namespace: metadata.namespace, name }));
    return this.#strays.of(keys);
  }

  /** Whether a task was a stray before the event, and its node has none in its networks after it. */
  wasLastStray({ object, previous }: StoreEvent): boolean {
    if (object.kind !== 'Task' || previous?.kind !== 'Task') return false;
    const networks = networksOf(previous);
    return this.#strays.has(previous, networks) && !this.#strays.of(networks).has(previous.spec.node);
  }

  #onEvent({ type, object, previous }: StoreEvent): void {
    if (object.kind === 'Network') this.#onNetwork(object, previous?.kind === 'Network' ? previous : undefined);
    if (object.kind !== 'Task') return;
    if (previous?.kind === 'Task') this.#remove(previous);
    if (type !== 'DELETED') this.#put(object);
  }

  #onNetwork(network: StoredNetwork, before: StoredNetwork | undefined): void {
    const key = refKey(refOf(network));
    for (const node of repartedNodes(network, before))
      for (const task of this.ofNode(node)) if (networksOf(task).includes(key)) this.#strays.put(task, [key]);
  }

  #put(task: StoredTask): void {
    if (isRetired(task)) return void into(this.#retired, serviceKeyOf(task)).set(taskKey(task), task);
    into(this.#byService, serviceKeyOf(task)).set(taskKey(task), task);
    into(this.#byNode, task.spec.node).set(taskKey(task), task);
    this.#countNetworks(task, 1);
    this.#strays.put(task, networksOf(task));
  }

  #remove(task: StoredTask): void {
    if (isRetired(task)) return dropFrom(this.#retired, serviceKeyOf(task), taskKey(task));
    dropFrom(this.#byService, serviceKeyOf(task), taskKey(task));
    dropFrom(this.#byNode, task.spec.node, taskKey(task));
    this.#countNetworks(task, -1);
    this.#strays.remove(task, networksOf(task));
  }

  #countNetworks(task: StoredTask, by: 1 | -1): void {
    for (const key of networksOf(task)) {
      const count = (this.#networks.get(key) ?? 0) + by;
      if (count === 0) this.#networks.delete(key);
      else this.#networks.set(key, count);
    }
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
