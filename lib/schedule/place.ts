import { FILTERS, ownTasks, type Filter, type PlacementRequest } from './filters.ts';
import type { NodeFacts } from './node-facts.ts';

export type Placement = { node: NodeFacts } | { refused: string };

/**
 * The fittest node: fewest tasks of this service, then fewest in total (Swarm's spread), then the preferred one (where the image is),
 * then by name. Or why there is none, with counts.
 */
export function placeTask(nodes: readonly NodeFacts[], request: PlacementRequest, preferred?: string): Placement {
  const refusals = new Map<Filter, number>();
  let best: NodeFacts | undefined;
  for (const node of nodes) {
    const filter = FILTERS.find((candidate) => !candidate.accepts(node, request));
    if (filter !== undefined) refusals.set(filter, (refusals.get(filter) ?? 0) + 1);
    else if (best === undefined || isFitter(node, best, { request, preferred })) best = node;
  }
  return best === undefined ? { refused: explainRefusals(refusals) } : { node: best };
}

function isFitter(node: NodeFacts, best: NodeFacts, by: { request: PlacementRequest; preferred: string | undefined }): boolean {
  const own = ownTasks(node, by.request) - ownTasks(best, by.request);
  if (own !== 0) return own < 0;
  if (node.tasks !== best.tasks) return node.tasks < best.tasks;
  if (node.name === by.preferred || best.name === by.preferred) return node.name === by.preferred;
  return node.name < best.name;
}

function explainRefusals(refusals: ReadonlyMap<Filter, number>): string {
  if (refusals.size === 0) return 'no suitable node (no nodes: add one with `dswarm node add`)';
  const reasons = [...refusals].sort((a, b) => b[1] - a[1]).map(([filter, count]) => filter.explain(count));
  return `no suitable node (${reasons.join('; ')})`;
}
