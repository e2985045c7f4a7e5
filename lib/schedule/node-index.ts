import type { ServiceDemand } from './filters.ts';
import type { NodeFacts } from './node-facts.ts';
import { countPorts, countTask, emptyLoad, isEmptyLoad, type CountedLoad } from './node-load.ts';
import { NodePool } from './node-pool.ts';
import { NO_RESOURCES, type Resources } from './resources.ts';

/** Pools of so many different constraints are kept; the one not used for longest goes first. */
const MOST_POOLS = 32;

/**
 * Nodes by how full they are, for each set of constraints in use; kept up by small changes, so that nothing is sorted or counted twice.
 * What is counted on a node stays counted while the node itself is not known. Planning only reads it.
 */
export class NodeIndex {
  #nodes: NodeFacts[] = [];
  /** By rank; the same as by name. */
  #loads: CountedLoad[] = [];
  readonly #byName = new Map<string, CountedLoad>();
  readonly #ranks = new Map<string, number>();
  readonly #pools = new Map<string, NodePool>();

  constructor(nodes: readonly NodeFacts[] = []) {
    this.#rebuild(nodes);
  }

  get size(): number {
    return this.#nodes.length;
  }

  /** Place in the order of names; undefined: no such node. */
  rank(name: string): number | undefined {
    return this.#ranks.get(name);
  }

  node(rank: number): NodeFacts {
    return this.#nodes[rank] as NodeFacts;
  }

  load(rank: number): Readonly<CountedLoad> {
    return this.#loads[rank] as CountedLoad;
  }

  find(name: string): NodeFacts | undefined {
    const rank = this.#ranks.get(name);
    return rank === undefined ? undefined : this.#nodes[rank];
  }

  /** In order of name. */
  all(): readonly NodeFacts[] {
    return this.#nodes;
  }

  /** A task was assigned to a node. */
  addTask(name: string, reserves: Resources = NO_RESOURCES): void {
    this.#count(name, 1, reserves);
  }

  /** A task that was assigned to a node has ended or is gone. */
  removeTask(name: string, reserves: Resources = NO_RESOURCES): void {
    this.#count(name, -1, reserves);
  }

  /** A task of a service binds host ports of a node, or no longer does. */
  bindPorts(name: string, service: string, ports: readonly string[], by: 1 | -1 = 1): void {
    if (ports.length === 0) return;
    const load = this.#loadOf(name);
    load.ports = countPorts(load.ports, service, ports, by);
    this.#dropEmpty(name, load);
  }

  /** What is known of these nodes changed. Those that are new make the order anew, once for all of them. */
  change(nodes: readonly NodeFacts[]): void {
    const fresh = nodes.filter((node) => !this.#ranks.has(node.name));
    for (const node of nodes) {
      const rank = this.#ranks.get(node.name);
      if (rank === undefined) continue;
      this.#nodes[rank] = node;
      for (const pool of this.#pools.values()) pool.change(rank, node, this.load(rank).tasks);
    }
    if (fresh.length > 0) this.#rebuild([...this.#nodes, ...fresh]);
  }

  remove(names: readonly string[]): void {
    const gone = new Set(names.filter((name) => this.#ranks.has(name)));
    if (gone.size > 0) this.#rebuild(this.#nodes.filter((node) => !gone.has(node.name)));
  }

  /** The nodes for these constraints and preferences. */
  pool(demand: ServiceDemand): NodePool {
    const key = JSON.stringify([demand.constraints, demand.spread ?? []]);
    const pool = this.#pools.get(key) ?? new NodePool(demand, this.#nodes, this.#loads);
    this.#pools.delete(key);
    this.#pools.set(key, pool);
    const [oldest] = this.#pools.keys();
    if (this.#pools.size > MOST_POOLS && oldest !== undefined) this.#pools.delete(oldest);
    return pool;
  }

  #count(name: string, by: 1 | -1, reserves: Resources): void {
    const load = this.#loadOf(name);
    const before = load.tasks;
    countTask(load, by, reserves);
    this.#dropEmpty(name, load);
    const rank = this.#ranks.get(name);
    if (rank !== undefined) for (const pool of this.#pools.values()) pool.move(rank, before, before + by);
  }

  #loadOf(name: string): CountedLoad {
    let load = this.#byName.get(name);
    if (load === undefined) this.#byName.set(name, (load = emptyLoad()));
    return load;
  }

  /** Counts of nodes that are no more do not pile up. */
  #dropEmpty(name: string, load: CountedLoad): void {
    if (!this.#ranks.has(name) && isEmptyLoad(load)) this.#byName.delete(name);
  }

  #rebuild(nodes: readonly NodeFacts[]): void {
    this.#pools.clear();
    this.#ranks.clear();
    this.#nodes = [...nodes].sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const [rank, node] of this.#nodes.entries()) this.#ranks.set(node.name, rank);
    this.#loads = this.#nodes.map((node) => this.#loadOf(node.name));
    for (const [name, load] of this.#byName) this.#dropEmpty(name, load);
  }
}
