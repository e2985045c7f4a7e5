import type { StoredNode } from '../types/objects.ts';
import type { EngineInfo, NodeObservation } from '../types/observation.ts';
import type { NodeFacts } from './node-facts.ts';
import { toResources } from './resources.ts';

export interface FactsInput {
  node: StoredNode;
  observation: NodeObservation | undefined;
}

/** A node as the scheduler sees it; what the engine told last counts for a node that is away. */
export function nodeFacts({ node, observation }: FactsInput): NodeFacts {
  return {
    name: node.metadata.name,
    id: node.metadata.uid,
    role: node.spec.role,
    labels: node.metadata.labels ?? {},
    // A node that came back after a failover gets no tasks until it has been steady for a while: a host that flaps is not filled again and again.
    ready: observation?.state === 'Ready' && observation.listed && node.status?.failover === undefined,
    availability: node.spec.availability,
    ...addressOf(node),
    ...(observation?.volumes === undefined ? {} : { volumes: new Set(observation.volumes) }),
    ...(observation?.engine === undefined ? rememberedFacts(node) : engineFacts(observation.engine)),
  };
}

type EngineFacts = Pick<NodeFacts, 'hostname' | 'os' | 'arch' | 'engineLabels' | 'capacity' | 'logDrivers'>;

function engineFacts({ hostname, os, arch, labels, cpus, memory, logDrivers }: EngineInfo): EngineFacts {
  const known = logDrivers.length === 0 ? {} : { logDrivers };
  return { hostname, os, arch, engineLabels: labels, capacity: toResources({ cpus, memoryBytes: memory }), ...known };
}

function rememberedFacts({ status }: StoredNode): EngineFacts {
  const { cpus, memory } = status?.capacity ?? {};
  return {
    hostname: status?.hostname ?? '',
    os: status?.platform?.os ?? '',
    arch: status?.platform?.arch ?? '',
    engineLabels: {},
    capacity: toResources({ cpus, memoryBytes: memory }),
  };
}

/** The address that other hosts reach it by, as far as the spec tells one. */
function addressOf({ spec }: StoredNode): Pick<NodeFacts, 'address'> {
  const address = spec.address ?? spec.ssh?.host;
  return address === undefined ? {} : { address };
}
