import type { StoredNode } from '../types/objects.ts';
import type { NodeObservation } from '../types/observation.ts';
import type { NodeFacts } from './node-facts.ts';

export interface FactsInput {
  node: StoredNode;
  observation: NodeObservation | undefined;
  tasks: number;
  usedPorts: ReadonlySet<string>;
}

/** A node as the scheduler sees it; what the engine told last counts for a node that is away. */
export function nodeFacts({ node, observation, tasks, usedPorts }: FactsInput): NodeFacts {
  const engine = observation?.engine;
  return {
    name: node.metadata.name,
    id: node.metadata.uid,
    hostname: engine?.hostname ?? node.status?.hostname ?? '',
    role: node.spec.role,
    os: engine?.os ?? node.status?.platform?.os ?? '',
    arch: engine?.arch ?? node.status?.platform?.arch ?? '',
    labels: node.metadata.labels ?? {},
    engineLabels: engine?.labels ?? {},
    ready: observation?.state === 'Ready' && observation.listed,
    availability: node.spec.availability,
    tasks,
    usedPorts,
  };
}
