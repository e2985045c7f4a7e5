import type { StoredNode } from '../types/objects.ts';
import type { EngineInfo, NodeObservation } from '../types/observation.ts';
import type { NodeFacts } from './node-facts.ts';

export interface FactsInput {
  node: StoredNode;
  observation: NodeObservation | undefined;
  tasks: number;
  usedPorts: ReadonlySet<string>;
}

/** A node as the scheduler sees it; what the engine told last counts for a node that is away. */
export function nodeFacts({ node, observation, tasks, usedPorts }: FactsInput): NodeFacts {
  return {
    name: node.metadata.name,
    id: node.metadata.uid,
    role: node.spec.role,
    labels: node.metadata.labels ?? {},
    // A node that came back after a failover gets no tasks until it has been steady for a while: a host that flaps is not filled again and again.
    ready: observation?.state === 'Ready' && observation.listed && node.status?.failover === undefined,
    availability: node.spec.availability,
    tasks,
    usedPorts,
    ...(observation?.engine === undefined ? rememberedFacts(node) : engineFacts(observation.engine)),
  };
}

type EngineFacts = Pick<NodeFacts, 'hostname' | 'os' | 'arch' | 'engineLabels'>;

function engineFacts({ hostname, os, arch, labels }: EngineInfo): EngineFacts {
  return { hostname, os, arch, engineLabels: labels };
}

function rememberedFacts({ status }: StoredNode): EngineFacts {
  return { hostname: status?.hostname ?? '', os: status?.platform?.os ?? '', arch: status?.platform?.arch ?? '', engineLabels: {} };
}
