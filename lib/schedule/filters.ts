import { meetsConstraints } from './constraint.ts';
import type { NodeFacts } from './node-facts.ts';

export interface PlacementRequest {
  constraints: readonly string[];
  /** 0: any number. */
  maxReplicasPerNode: number;
  /** Host ports that the task binds: `8080/tcp`. */
  hostPorts: readonly string[];
  /** Tasks of this service by node. */
  ownTasks: ReadonlyMap<string, number>;
}

export interface Filter {
  accepts(node: NodeFacts, request: PlacementRequest): boolean;
  /** Why it refused so many nodes, in Swarm's words. */
  explain(count: number): string;
}

const onNodes = (count: number): string => (count === 1 ? 'on 1 node' : `on ${count} nodes`);

/** In Swarm's order; a node is counted against the first filter that refuses it. */
export const FILTERS: readonly Filter[] = [
  {
    accepts: (node) => node.ready && node.availability === 'active',
    explain: (count) => (count === 1 ? '1 node not available for new tasks' : `${count} nodes not available for new tasks`),
  },
  {
    accepts: (node, request) => meetsConstraints(request.constraints, node),
    explain: (count) => `scheduling constraints not satisfied ${onNodes(count)}`,
  },
  {
    accepts: (node, request) =>
      request.hostPorts.every((port) => !node.usedPorts.has(port)) && (request.hostPorts.length === 0 || ownTasks(node, request) === 0),
    explain: (count) => `host-mode port already in use ${onNodes(count)}`,
  },
  {
    accepts: (node, request) => request.maxReplicasPerNode === 0 || ownTasks(node, request) < request.maxReplicasPerNode,
    explain: () => 'max replicas per node limit exceed',
  },
];

export function ownTasks(node: NodeFacts, request: PlacementRequest): number {
  return request.ownTasks.get(node.name) ?? 0;
}
