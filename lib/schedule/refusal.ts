import { FILTERS, type Filter, type NodeLoad, type ServiceDemand } from './filters.ts';
import type { NodeFacts } from './node-facts.ts';

/** Why one node cannot take a task. */
export interface NodeRefusal {
  node: string;
  reason: string;
}

export interface Refused {
  /** For all nodes, with counts, in Swarm's words. */
  refused: string;
  /** The first of them, one by one. */
  refusals: NodeRefusal[];
}

export interface LoadedNode {
  node: NodeFacts;
  load: NodeLoad;
}

const MOST_REFUSALS = 20;

/** Why none of these nodes, all of which were refused, can take a task. */
export function explainRefusals(nodes: Iterable<LoadedNode>, demand: ServiceDemand): Refused {
  const counts = new Map<Filter, number>();
  const refusals: NodeRefusal[] = [];
  for (const { node, load } of nodes) {
    const filter = FILTERS.find((candidate) => !candidate.accepts(node, demand, load));
    if (filter === undefined) continue;
    counts.set(filter, (counts.get(filter) ?? 0) + 1);
    if (refusals.length < MOST_REFUSALS) refusals.push({ node: node.name, reason: filter.reason(node, demand, load) });
  }
  if (counts.size === 0) return { refused: 'no suitable node (no nodes: add one with `dswarm node add`)', refusals };
  const reasons = [...counts].sort((a, b) => b[1] - a[1]).map(([filter, count]) => filter.explain(count));
  return { refused: `no suitable node (${reasons.join('; ')})`, refusals };
}
