import { namespaceOf } from '../plan/names.ts';
import type { TaskAssignment } from '../plan/step.ts';
import type { TaskIndex } from './task-index.ts';

/** The addresses that tasks have on each node: those of stored tasks, and those that a pass under way is about to store. */
export class AddressBook {
  readonly #index: TaskIndex;
  readonly #reserved = new Set<readonly TaskAssignment[]>();

  constructor(index: TaskIndex) {
    this.#index = index;
  }

  /** `network`: NAMESPACE/NAME. */
  taken(node: string, network: string): ReadonlySet<string> {
    const slash = network.indexOf('/');
    const [namespace, name] = [network.slice(0, slash), network.slice(slash + 1)];
    const stored = this.#index.ofNode(node).filter((task) => namespaceOf(task) === namespace);
    const reserved = [...this.#reserved].flat().filter((task) => task.spec.node === node && task.namespace === namespace);
    return new Set([...stored, ...reserved].flatMap(({ spec }) => spec.addresses?.[name] ?? []));
  }

  /** Until what it gives is called, no other task gets the addresses of these. */
  reserve(tasks: readonly TaskAssignment[]): () => void {
    this.#reserved.add(tasks);
    return () => this.#reserved.delete(tasks);
  }
}
