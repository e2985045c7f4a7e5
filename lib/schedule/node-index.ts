import type { ServiceDemand } from './filters.ts';
import type { NodeFacts } from './node-facts.ts';
import { NodePool } from './node-pool.ts';
import { addResources, NO_RESOURCES, type Resources } from './resources.ts';

/** Pools of so many different constraints are kept; the one not used for longest goes first. */
const MOST_POOLS = 32;

/** Nodes by how full they are, for each set of constraints in use; kept up by small changes, so that nothing is sorted twice. */
export class NodeIndex {
  #nodes: NodeFacts[] = [];
  #tasks: number[] = [];
  #reserved: Resources[] = [];
  readonly #ranks = new Map<string, number>();
  readonly #pools = new Map<string, NodePool>();

  constructor(nodes: readonly NodeFacts[]) {
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

  tasks(rank: number): number {
    return this.#tasks[rank] as number;
  }

  reserved(rank: number): Resources {
    return this.#reserved[rank] as Resources;
  }

  /** A task was assigned to a node. */
  addTask(name: string, reserves: Resources = NO_RESOURCES): void {
    this.#count(name, 1, reserves);
  }

  /** A task that was assigned to a node has ended or is gone. */
  removeTask(name: string, reserves: Resources = NO_RESOURCES): void {
    this.#count(name, -1, reserves);
  }

  /** What is known of a node changed; its tasks are those counted here. A node that is new makes the order anew. */
  change(node: NodeFacts): void {
    const rank = this.#ranks.get(node.name);
    if (rank === undefined) {
      this.#rebuild([...this.#current(), node]);
      return;
    }
    this.#nodes[rank] = node;
    for (const pool of this.#pools.values()) pool.change(rank, node, this.tasks(rank));
  }

  remove(name: string): void {
    if (this.#ranks.has(name)) this.#rebuild(this.#current().filter((node) => node.name !== name));
  }

  /** The nodes for these constraints and preferences. */
  pool(demand: ServiceDemand): NodePool {
    const key = JSON.stringify([demand.constraints, demand.spread ?? []]);
    const pool = this.#pools.get(key) ?? new NodePool(demand, this.#nodes, this.#tasks);
    this.#pools.delete(key);
    this.#pools.set(key, pool);
    const [oldest] = this.#pools.keys();
    if (this.#pools.size > MOST_POOLS && oldest !== undefined) this.#pools.delete(oldest);
    return pool;
  }

  #count(name: string, by: 1 | -1, reserves: Resources): void {
    const rank = this.#ranks.get(name);
    if (rank === undefined) return;
    const before = this.tasks(rank);
    this.#tasks[rank] = before + by;
    if (reserves.nanoCpus !== 0 || reserves.memoryBytes !== 0) this.#reserved[rank] = addResources(this.reserved(rank), reserves, by);
    for (const pool of this.#pools.values()) pool.move(rank, before, before + by);
  }

  #current(): NodeFacts[] {
    return this.#nodes.map((node, rank) => ({ ...node, tasks: this.tasks(rank), reserved: this.reserved(rank) }));
  }

  #rebuild(nodes: readonly NodeFacts[]): void {
    this.#pools.clear();
    this.#ranks.clear();
    this.#nodes = [...nodes].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.#tasks = this.#nodes.map((node) => node.tasks);
    this.#reserved = this.#nodes.map((node) => node.reserved ?? NO_RESOURCES);
    for (const [rank, node] of this.#nodes.entries()) this.#ranks.set(node.name, rank);
  }
}
