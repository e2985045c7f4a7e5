import type { Awaited } from './awaited.ts';
import type { ServiceDemand } from './filters.ts';
import type { NodeIndex } from './node-index.ts';
import { Placing, type Placement, type Released } from './placing.ts';
import type { Resources } from './resources.ts';

/** Counts tasks while one pass places several: each placement sees those before it. A pass that places nothing costs nothing here. */
export class NodeBook {
  readonly #nodes: NodeIndex;
  readonly #demand: ServiceDemand;
  readonly #own = new Map<string, number>();
  readonly #ended: { node: string; reserved: Resources }[] = [];
  #placing: Placing | undefined;

  constructor(nodes: NodeIndex, demand: ServiceDemand) {
    this.#nodes = nodes;
    this.#demand = demand;
  }

  /** A task of this service that is there already (counted in the node's total). To be told before the first placement. */
  holds(node: string): void {
    this.#own.set(node, (this.#own.get(node) ?? 0) + 1);
  }

  /** A task that has ended, and that is still counted in the node's total. To be told before the first placement. */
  ends(node: string, reserved: Resources): void {
    this.#ended.push({ node, reserved });
  }

  /** A task of this service is on its way out: how much of it was counted on its node. */
  release(node: string, released: Released): void {
    this.#begun().release(node, released);
  }

  place(preferred?: string): Placement {
    return this.#begun().place(preferred);
  }

  /** Places on this node or nowhere (global services). */
  placeOn(node: string): Placement {
    return this.#begun().placeOn(node);
  }

  /** See Placing.placeAtHome. */
  placeAtHome(nodes: readonly string[]): Placement {
    return this.#begun().placeAtHome(nodes);
  }

  /** What a task that was refused waits for. */
  awaited(): Awaited {
    return this.#begun().awaited();
  }

  #begun(): Placing {
    if (this.#placing !== undefined) return this.#placing;
    this.#placing = new Placing(this.#nodes, this.#demand, this.#own);
    for (const { node, reserved } of this.#ended) this.#placing.discount(node, { tasks: 1, reserved });
    return this.#placing;
  }
}
