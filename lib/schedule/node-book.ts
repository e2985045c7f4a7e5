import type { PlacementRequest } from './filters.ts';
import type { NodeFacts } from './node-facts.ts';
import { placeTask, type Placement } from './place.ts';

/** What placing needs of a service, less the counts that change while placing. */
export type ServiceDemand = Omit<PlacementRequest, 'ownTasks'>;

/** Counts tasks while one pass places several: each placement sees those before it. Its input stays as it was. */
export class NodeBook {
  readonly #nodes: Map<string, NodeFacts>;
  readonly #own = new Map<string, number>();
  readonly #demand: ServiceDemand;

  constructor(nodes: readonly NodeFacts[], demand: ServiceDemand) {
    this.#nodes = new Map(nodes.map((node) => [node.name, node]));
    this.#demand = demand;
  }

  /** A task of this service that is there already (counted in the node's total). */
  holds(node: string): void {
    this.#own.set(node, (this.#own.get(node) ?? 0) + 1);
  }

  /** A task that is on its way out. */
  release(node: string): void {
    this.#own.set(node, Math.max(0, (this.#own.get(node) ?? 0) - 1));
    this.#addTotal(node, -1);
  }

  place(preferred?: string): Placement {
    const placement = placeTask([...this.#nodes.values()], { ...this.#demand, ownTasks: this.#own }, preferred);
    if ('node' in placement) this.#take(placement.node.name);
    return placement;
  }

  /** Places on this node or nowhere (global services). */
  placeOn(node: string): Placement {
    const facts = this.#nodes.get(node);
    if (facts === undefined) return { refused: `no such node ${node}` };
    const placement = placeTask([facts], { ...this.#demand, ownTasks: this.#own });
    if ('node' in placement) this.#take(node);
    return placement;
  }

  #take(node: string): void {
    this.holds(node);
    this.#addTotal(node, 1);
  }

  #addTotal(node: string, by: number): void {
    const facts = this.#nodes.get(node);
    if (facts !== undefined) this.#nodes.set(node, { ...facts, tasks: facts.tasks + by });
  }
}
