import { namespaceOf } from '../plan/names.ts';
import type { Reservations } from './reservations.ts';
import type { TaskIndex } from './task-index.ts';

/** The addresses that tasks have on each node: those of stored tasks, and those that passes under way are about to store. */
export class AddressBook {
  readonly #index: TaskIndex;
  readonly #reservations: Reservations;

  constructor(index: TaskIndex, reservations: Reservations) {
    this.#index = index;
    this.#reservations = reservations;
  }

  /** `network`: NAMESPACE/NAME. */
  taken(node: string, network: string): ReadonlySet<string> {
    const slash = network.indexOf('/');
    const [namespace, name] = [network.slice(0, slash), network.slice(slash + 1)];
    const stored = this.#index.ofNode(node).filter((task) => namespaceOf(task) === namespace);
    const reserved = this.#reservations.ofNode(node).filter((task) => task.namespace === namespace);
    return new Set([...stored, ...reserved].flatMap(({ spec }) => spec.addresses?.[name] ?? []));
  }
}
