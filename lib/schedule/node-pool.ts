import { labelValue } from './constraint.ts';
import { CONSTRAINTS, READY, type NodeLoad, type ServiceDemand } from './filters.ts';
import type { NodeFacts } from './node-facts.ts';
import { emptyLoad, type CountedLoad } from './node-load.ts';
import { SortedKeys } from './sorted-keys.ts';

/** Nodes that share the values of the labels that are spread over, as far as the branch is deep. */
export interface Branch {
  parent: Branch | undefined;
  /** Its label value. */
  value: string;
  /** By label value; empty for a leaf. */
  children: Map<string, Branch>;
  /** Of a leaf: its eligible nodes, by tasks in total and then by name. */
  keys: SortedKeys;
}

/** More than there will be nodes: a key is tasks * RANKS + rank. */
const RANKS = 2 ** 21;

export const nodeKey = (tasks: number, rank: number): number => tasks * RANKS + rank;
export const rankOf = (key: number): number => key % RANKS;

const UNLOADED: NodeLoad = { own: 0, ...emptyLoad() };

/** The nodes that may take tasks with certain constraints, sorted into the branches of certain spread preferences. */
export class NodePool {
  readonly root: Branch = newBranch(undefined, '');
  readonly #demand: ServiceDemand;
  /** Leaf by node's rank. Nodes that may take no task have one too: what they run counts for the balance (Swarm). */
  readonly #leaves: Branch[] = [];
  readonly #eligible: boolean[] = [];

  constructor(demand: ServiceDemand, nodes: readonly NodeFacts[], loads: readonly CountedLoad[]) {
    this.#demand = demand;
    const keys = new Map<Branch, number[]>();
    for (const [rank, node] of nodes.entries()) {
      if (!this.#classify(rank, node)) continue;
      const leaf = this.#leaves[rank] as Branch;
      const key = nodeKey(loads[rank]?.tasks ?? 0, rank);
      const own = keys.get(leaf);
      if (own === undefined) keys.set(leaf, [key]);
      else own.push(key);
    }
    for (const [leaf, own] of keys) leaf.keys = new SortedKeys(own.sort((a, b) => a - b));
  }

  leafOf(rank: number): Branch {
    return this.#leaves[rank] as Branch;
  }

  isEligible(rank: number): boolean {
    return this.#eligible[rank] === true;
  }

  /** A node's number of tasks changed. */
  move(rank: number, before: number, after: number): void {
    if (!this.isEligible(rank)) return;
    const { keys } = this.leafOf(rank);
    keys.delete(nodeKey(before, rank));
    keys.add(nodeKey(after, rank));
  }

  /** A node's labels, state or the like changed. */
  change(rank: number, node: NodeFacts, tasks: number): void {
    if (this.isEligible(rank)) this.leafOf(rank).keys.delete(nodeKey(tasks, rank));
    if (this.#classify(rank, node)) this.leafOf(rank).keys.add(nodeKey(tasks, rank));
  }

  #classify(rank: number, node: NodeFacts): boolean {
    this.#leaves[rank] = this.#findLeaf(node);
    return (this.#eligible[rank] = READY.accepts(node, this.#demand, UNLOADED) && CONSTRAINTS.accepts(node, this.#demand, UNLOADED));
  }

  #findLeaf(node: NodeFacts): Branch {
    let branch = this.root;
    for (const key of this.#demand.spread ?? []) {
      const value = labelValue(key, node);
      if (value === undefined) continue;
      const next = branch.children.get(value) ?? newBranch(branch, value);
      branch.children.set(value, next);
      branch = next;
    }
    return branch;
  }
}

function newBranch(parent: Branch | undefined, value: string): Branch {
  return { parent, value, children: new Map(), keys: new SortedKeys() };
}
