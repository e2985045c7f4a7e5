import type { Awaited } from './awaited.ts';
import { FILTERS, LOAD_FILTERS, type NodeLoad, type ServiceDemand } from './filters.ts';
import { FitnessHeap, isFitter, type Fitness } from './fitness-heap.ts';
import type { NodeFacts } from './node-facts.ts';
import type { NodeIndex } from './node-index.ts';
import { nodeKey, rankOf, type Branch, type NodePool } from './node-pool.ts';
import { explainRefusals, type LoadedNode, type Refused } from './refusal.ts';
import { addResources, NO_RESOURCES, type Resources } from './resources.ts';

export type Placement = { node: NodeFacts } | Refused;

/** From so many recent failures on, a node is taken only where none does better (Swarm, manager/scheduler: maxFailures). */
const MOST_FAILURES = 5;
/** More tasks than one service will have on one node. */
const FAILURE_WEIGHT = 2 ** 24;

/** What was counted on a node for a task that goes. */
export interface Released {
  tasks: number;
  reserved: Resources;
}

/** A node that this placing has put a task on, or that has tasks of the service. */
interface Touched {
  own: number;
  /** Tasks put there by this placing, less those taken away. */
  added: number;
  /** Resources of those. */
  reserved: Resources;
}

/** How far the walk through a leaf has come. */
interface Walk {
  /** Every untouched node before it was refused. */
  from: number;
  touched: FitnessHeap;
}

/**
 * Places tasks of one service, each seeing those before it. Nodes that it has not touched are walked in the index's own order; those that
 * it has are kept apart in a heap. So the index stays as it is, and a placement costs the logarithm of the number of nodes.
 */
export class Placing {
  readonly #index: NodeIndex;
  readonly #pool: NodePool;
  readonly #demand: ServiceDemand;
  readonly #lastResort: ReadonlySet<string>;
  readonly #reserves: Resources;
  readonly #touched = new Map<number, Touched>();
  readonly #walks = new Map<Branch, Walk>();
  /** Tasks of the service by branch. */
  readonly #branchTasks = new Map<Branch, number>();
  readonly #full = new Set<Branch>();
  readonly #released = new Map<string, Resources>();
  #refused: Refused | undefined;

  constructor(index: NodeIndex, demand: ServiceDemand, own: ReadonlyMap<string, number>) {
    this.#index = index;
    this.#pool = index.pool(demand);
    this.#demand = demand;
    this.#lastResort = demand.lastResort?.() ?? new Set();
    this.#reserves = demand.reservations ?? NO_RESOURCES;
    for (const [name, count] of own) this.#adjust(name, { own: count, tasks: 0, reserved: NO_RESOURCES });
    const failing = [...(demand.recentFailures ?? [])].flatMap(([name, failures]) => (failures >= MOST_FAILURES ? [name] : []));
    for (const name of new Set([...failing, ...this.#lastResort])) this.#adjust(name, { own: 0, tasks: 0, reserved: NO_RESOURCES });
  }

  /** A task of this service is on its way out. */
  release(name: string, released: Released): void {
    const rank = this.#index.rank(name);
    const hasOwn = rank !== undefined && (this.#touched.get(rank)?.own ?? 0) > 0;
    this.#free(name, hasOwn ? -1 : 0, released);
  }

  /** A task counted on a node has ended; it is not among the service's own. */
  discount(name: string, released: Released): void {
    this.#free(name, 0, released);
  }

  #free(name: string, own: number, { tasks, reserved }: Released): void {
    this.#adjust(name, { own, tasks: -tasks, reserved: addResources(NO_RESOURCES, reserved, -1) });
    this.#released.set(name, addResources(this.#released.get(name) ?? NO_RESOURCES, reserved));
    this.#full.clear();
    this.#refused = undefined;
  }

  /** The fittest node; `preferred` (where the image is) where it is as fit. */
  place(preferred?: string): Placement {
    if (this.#refused !== undefined) return this.#refused;
    const leaf = this.#roomiest(this.#pool.root);
    const best = leaf === undefined ? undefined : this.#fittest(leaf);
    if (leaf === undefined || best === undefined) return (this.#refused = explainRefusals(this.#all(), this.#demand));
    const rank = this.#isAsFit(preferred, best, leaf) ? (this.#index.rank(preferred as string) as number) : rankOf(best.minor);
    return this.#take(rank);
  }

  /** On this node or nowhere: ranking does not count (global services). */
  placeOn(name: string): Placement {
    const rank = this.#index.rank(name);
    if (rank === undefined) return { refused: `no such node ${name}`, refusals: [] };
    const node = this.#index.node(rank);
    const load = this.#load(rank);
    if (FILTERS.every((filter) => filter.accepts(node, this.#demand, load))) return this.#take(rank);
    return explainRefusals([{ node, load }], this.#demand);
  }

  /** What a task that was refused waits for. */
  awaited(): Awaited {
    const own = [...this.#touched].map(([rank, touched]) => [this.#index.node(rank).name, touched.own] as const);
    return { demand: this.#demand, own: new Map(own), released: new Map(this.#released) };
  }

  /** On the fittest of the nodes that have data of the task, or nowhere; told of all nodes why. */
  placeAtHome(names: readonly string[]): Placement {
    const demand = { ...this.#demand, dataOn: names };
    let best: Fitness | undefined;
    for (const rank of names.flatMap((name) => this.#index.rank(name) ?? [])) {
      if (!FILTERS.every((filter) => filter.accepts(this.#index.node(rank), demand, this.#load(rank)))) continue;
      const fitness = this.#fitness(rank);
      if (best === undefined || isFitter(fitness, best)) best = fitness;
    }
    return best === undefined ? explainRefusals(this.#all(), demand) : this.#take(rankOf(best.minor));
  }

  #take(rank: number): Placement {
    const node = this.#index.node(rank);
    this.#adjust(node.name, { own: 1, tasks: 1, reserved: this.#reserves });
    return { node };
  }

  /** The leaf with room that has the fewest tasks of the service, decided level by level (Swarm's spread). */
  #roomiest(branch: Branch): Branch | undefined {
    if (this.#full.has(branch)) return undefined;
    if (branch.children.size === 0) return this.#fittest(branch) === undefined ? this.#fill(branch) : branch;
    for (;;) {
      const child = this.#leastUsed(branch);
      if (child === undefined) return this.#fill(branch);
      const leaf = this.#roomiest(child);
      if (leaf !== undefined) return leaf;
    }
  }

  #fill(branch: Branch): undefined {
    this.#full.add(branch);
  }

  #leastUsed(branch: Branch): Branch | undefined {
    let least: Branch | undefined;
    for (const child of branch.children.values()) {
      if (this.#full.has(child)) continue;
      if (least === undefined || this.#isLessUsed(child, least)) least = child;
    }
    return least;
  }

  /** As full as another, the one whose value sorts first: the order in which the index came to know them decides nothing. */
  #isLessUsed(a: Branch, b: Branch): boolean {
    const difference = this.#tasksIn(a) - this.#tasksIn(b);
    return difference < 0 || (difference === 0 && a.value < b.value);
  }

  #tasksIn(branch: Branch): number {
    return this.#branchTasks.get(branch) ?? 0;
  }

  #fittest(leaf: Branch): Fitness | undefined {
    const walk = this.#walkOf(leaf);
    const touched = this.#fittestTouched(walk);
    const untouched = this.#fittestUntouched(leaf, walk);
    if (touched === undefined || untouched === undefined) return touched ?? untouched;
    return isFitter(touched, untouched) ? touched : untouched;
  }

  /** Drops what is out of date, and nodes that take no more: they come back when they are released. */
  #fittestTouched({ touched }: Walk): Fitness | undefined {
    for (;;) {
      const { top } = touched;
      if (top === undefined) return undefined;
      const rank = rankOf(top.minor);
      const now = this.#fitness(rank);
      if (now.major === top.major && now.minor === top.minor && this.#hasRoom(rank)) return top;
      touched.pop();
    }
  }

  #fittestUntouched(leaf: Branch, walk: Walk): Fitness | undefined {
    for (;;) {
      const key = leaf.keys.firstFrom(walk.from);
      if (key === undefined) return undefined;
      walk.from = key;
      const rank = rankOf(key);
      if (!this.#touched.has(rank) && this.#hasRoom(rank)) return { major: 0, minor: key };
      walk.from = key + 1;
    }
  }

  #hasRoom(rank: number): boolean {
    const node = this.#index.node(rank);
    const load = this.#load(rank);
    return LOAD_FILTERS.every((filter) => filter.accepts(node, this.#demand, load));
  }

  #isAsFit(preferred: string | undefined, best: Fitness, leaf: Branch): boolean {
    const rank = preferred === undefined ? undefined : this.#index.rank(preferred);
    if (rank === undefined || !this.#pool.isEligible(rank) || this.#pool.leafOf(rank) !== leaf || !this.#hasRoom(rank)) return false;
    const fitness = this.#fitness(rank);
    return fitness.major === best.major && fitness.minor - rank === best.minor - rankOf(best.minor);
  }

  #fitness(rank: number): Fitness {
    const touched = this.#touched.get(rank);
    const { name } = this.#index.node(rank);
    const failures = this.#lastResort.has(name) ? Infinity : (this.#demand.recentFailures?.get(name) ?? 0);
    return {
      major: (failures >= MOST_FAILURES ? failures * FAILURE_WEIGHT : 0) + (touched?.own ?? 0),
      minor: nodeKey(Math.max(0, this.#index.load(rank).tasks + (touched?.added ?? 0)), rank),
    };
  }

  #load(rank: number): NodeLoad {
    const touched = this.#touched.get(rank);
    const { tasks, reserved, ports } = this.#index.load(rank);
    if (touched === undefined) return { own: 0, tasks, reserved, ports };
    const { nanoCpus, memoryBytes } = touched.reserved;
    const sum = nanoCpus === 0 && memoryBytes === 0 ? reserved : addResources(reserved, touched.reserved);
    return { own: touched.own, tasks: tasks + touched.added, reserved: sum, ports };
  }

  *#all(): Generator<LoadedNode> {
    for (let rank = 0; rank < this.#index.size; rank++) yield { node: this.#index.node(rank), load: this.#load(rank) };
  }

  #walkOf(leaf: Branch): Walk {
    let walk = this.#walks.get(leaf);
    if (walk === undefined) this.#walks.set(leaf, (walk = { from: 0, touched: new FitnessHeap() }));
    return walk;
  }

  #adjust(name: string, by: { own: number; tasks: number; reserved: Resources }): void {
    const rank = this.#index.rank(name);
    if (rank === undefined) return;
    const touched = this.#touched.get(rank) ?? { own: 0, added: 0, reserved: NO_RESOURCES };
    touched.own += by.own;
    touched.added += by.tasks;
    if (by.reserved.nanoCpus !== 0 || by.reserved.memoryBytes !== 0) touched.reserved = addResources(touched.reserved, by.reserved);
    this.#touched.set(rank, touched);
    const leaf = this.#pool.leafOf(rank);
    if (by.own !== 0)
      for (let at: Branch | undefined = leaf; at !== undefined; at = at.parent) this.#branchTasks.set(at, this.#tasksIn(at) + by.own);
    if (this.#pool.isEligible(rank)) this.#walkOf(leaf).touched.push(this.#fitness(rank));
  }
}
