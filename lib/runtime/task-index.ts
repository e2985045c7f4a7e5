import type { Subscription } from 'rxjs';
import { isRetired } from '../history/retire.ts';
import type { Store, StoreEvent } from '../ports/store.ts';
import { refKey, type StoredTask } from '../types/objects.ts';

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
  readonly #subscription: Subscription;

  constructor(store: Store) {
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

  #onEvent({ type, object, previous }: StoreEvent): void {
    if (object.kind !== 'Task') return;
    if (previous?.kind === 'Task') this.#remove(previous);
    if (type !== 'DELETED') this.#put(object);
  }

  #put(task: StoredTask): void {
    if (isRetired(task)) return void into(this.#retired, serviceKeyOf(task)).set(taskKey(task), task);
    into(this.#byService, serviceKeyOf(task)).set(taskKey(task), task);
    into(this.#byNode, task.spec.node).set(taskKey(task), task);
    this.#countNetworks(task, 1);
  }

  #remove(task: StoredTask): void {
    if (isRetired(task)) return dropFrom(this.#retired, serviceKeyOf(task), taskKey(task));
    dropFrom(this.#byService, serviceKeyOf(task), taskKey(task));
    dropFrom(this.#byNode, task.spec.node, taskKey(task));
    this.#countNetworks(task, -1);
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
