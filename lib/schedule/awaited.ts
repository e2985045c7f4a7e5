import { FILTERS, type ServiceDemand } from './filters.ts';
import type { NodeIndex } from './node-index.ts';
import { addResources, NO_RESOURCES, type Resources } from './resources.ts';

/** What tasks of a service wait for that no node could take: a node that can. */
export interface Awaited {
  demand: ServiceDemand;
  /** Tasks of the service by node, as they were when it was refused. */
  own: ReadonlyMap<string, number>;
  /** What its own tasks give back where they are replaced. */
  released: ReadonlyMap<string, Resources>;
  /** Only these nodes come into question; absent: all. */
  nodes?: string[];
}

/** Whether a node would take what waits now; it is asked when something there changed, so that nobody else has to be. */
export function couldTake(index: NodeIndex, name: string, { demand, own, released, nodes }: Awaited): boolean {
  const rank = index.rank(name);
  if (rank === undefined || nodes?.includes(name) === false) return false;
  const counted = index.load(rank);
  const reserved = addResources(counted.reserved, released.get(name) ?? NO_RESOURCES, -1);
  const load = { ...counted, reserved, own: own.get(name) ?? 0 };
  return FILTERS.every((filter) => filter.accepts(index.node(rank), demand, load));
}
