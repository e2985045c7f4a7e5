import { isStrayIn } from '../plan/strays.ts';
import type { Store } from '../ports/store.ts';
import type { NetworkNode } from '../types/generated.ts';
import { parseRefKey, type StoredNetwork, type StoredTask } from '../types/objects.ts';

/** Which tasks are strays (see Strays), by network and node, as far as their records tell. There are none but after a node was added again. */
export class StrayTasks {
  readonly #store: Store;
  readonly #found = new Map<string, Map<string, Set<string>>>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Names of those in any of the networks (their keys), by node. */
  of(networks: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
    const all = new Map<string, Set<string>>();
    for (const [node, names] of networks.flatMap((key) => [...(this.#found.get(key) ?? [])]))
      all.set(node, new Set([...(all.get(node) ?? []), ...names]));
    return all;
  }

  put(task: StoredTask, networks: readonly string[]): void {
    for (const key of networks) {
      if (this.#isStray(task, key)) this.#add(key, task);
      else this.#drop(key, task);
    }
  }

  /** Whether the task, as given, is one. */
  has(task: StoredTask, networks: readonly string[]): boolean {
    return networks.some((key) => this.#isStray(task, key));
  }

  #isStray(task: StoredTask, key: string): boolean {
    const network = this.#store.snapshot().get({ ...parseRefKey(key), kind: 'Network' });
    return network !== undefined && isStrayIn(task, network);
  }

  remove(task: StoredTask, networks: readonly string[]): void {
    for (const key of networks) this.#drop(key, task);
  }

  #add(network: string, { spec, metadata }: StoredTask): void {
    const nodes = this.#found.get(network) ?? new Map<string, Set<string>>();
    nodes.set(spec.node, (nodes.get(spec.node) ?? new Set<string>()).add(metadata.name));
    this.#found.set(network, nodes);
  }

  #drop(network: string, { spec, metadata }: StoredTask): void {
    const nodes = this.#found.get(network);
    const names = nodes?.get(spec.node);
    names?.delete(metadata.name);
    if (names?.size === 0) nodes?.delete(spec.node);
    if (nodes?.size === 0) this.#found.delete(network);
  }
}

/** Nodes whose part of a network is another than before. */
export function repartedNodes(network: StoredNetwork, before: StoredNetwork | undefined): string[] {
  const had = subnets(before?.status?.nodes);
  const has = subnets(network.status?.nodes);
  return [...new Set([...had.keys(), ...has.keys()])].filter((node) => had.get(node) !== has.get(node));
}

function subnets(parts: readonly NetworkNode[] = []): Map<string, string> {
  return new Map(parts.map(({ node, subnet }) => [node, subnet]));
}
