import { unmetConstraint } from './constraint.ts';
import type { NodeFacts } from './node-facts.ts';
import { usedByOthers, type CountedLoad } from './node-load.ts';
import { takenPort } from './taken-port.ts';
import { describeLack, fits, NO_RESOURCES, type Resources } from './resources.ts';

/** What one task of a service asks of its node. */
export interface ServiceDemand {
  /** Key of the service: host ports that its own tasks hold are not in its way. */
  service?: string;
  constraints: readonly string[];
  /** 0: any number. */
  maxReplicasPerNode: number;
  /** Host ports that the task binds: `8080/tcp`. */
  hostPorts: readonly string[];
  /** Where its output goes; absent, empty or none: nothing is needed for it. */
  logDriver?: string;
  /** Nodes that are not to be used for now, and why. */
  avoid?: ReadonlyMap<string, string>;
  /** Host ports that are held by none of our tasks, by node. */
  takenPorts?: ReadonlyMap<string, readonly string[]>;
  /** Labels to spread over, the most important first: `node.labels.zone`. */
  spread?: readonly string[];
  /** Absent: nothing. */
  reservations?: Resources;
  /** The nodes that have data of the task; absent: none has any. */
  dataOn?: readonly string[];
  /** Nodes that are taken only where none else will do; asked once, when the first task is placed. */
  lastResort?: () => ReadonlySet<string>;
  /** How often tasks of this service and spec failed on a node lately (Swarm: in the last 5 minutes). */
  recentFailures?: ReadonlyMap<string, number>;
}

/** What is on a node at the time of asking, placements of this pass included. */
export interface NodeLoad extends CountedLoad {
  /** Tasks of this service. */
  own: number;
}

export interface Filter {
  accepts(node: NodeFacts, demand: ServiceDemand, load: NodeLoad): boolean;
  /** Why it refused so many nodes, in Swarm's words. */
  explain(count: number): string;
  /** Why it refuses this node. */
  reason(node: NodeFacts, demand: ServiceDemand, load: NodeLoad): string;
}

const onNodes = (count: number): string => (count === 1 ? 'on 1 node' : `on ${count} nodes`);
/** `node h1`, `nodes h1, h2`. */
export const nameNodes = (names: readonly string[]): string => `${names.length === 1 ? 'node' : 'nodes'} ${names.join(', ')}`;
const portInUse = (node: NodeFacts, { hostPorts, service, takenPorts }: ServiceDemand, { ports }: NodeLoad): string | undefined =>
  hostPorts.find((port) => usedByOthers(ports, port, service)) ?? takenPort(hostPorts, takenPorts?.get(node.name) ?? []);

/** Those whose answer is the same in every pass until the node itself changes. */
export const READY: Filter = {
  accepts: (node) => node.ready && node.availability === 'active',
  explain: (count) => (count === 1 ? '1 node not available for new tasks' : `${count} nodes not available for new tasks`),
  reason: (node) => (node.ready ? `availability is ${node.availability}` : 'not ready'),
};

export const CONSTRAINTS: Filter = {
  accepts: (node, demand) => unmetConstraint(demand.constraints, node) === undefined,
  explain: (count) => `scheduling constraints not satisfied ${onNodes(count)}`,
  reason: (node, demand) => `does not meet ${unmetConstraint(demand.constraints, node) ?? 'the constraints'}`,
};

/** Beyond Swarm: where this service's steps failed, or those of all, and would again. */
const AVOIDED: Filter = {
  accepts: ({ name }, { avoid }) => avoid?.has(name) !== true,
  explain: (count) => `tasks cannot be started ${onNodes(count)}`,
  reason: ({ name }, { avoid }) => avoid?.get(name) ?? 'tasks cannot be started there',
};

const RESOURCES: Filter = {
  accepts: (node, { reservations = NO_RESOURCES }, load) => fits(reservations, node.capacity ?? NO_RESOURCES, load.reserved),
  explain: (count) => `insufficient resources ${onNodes(count)}`,
  reason: (node, { reservations = NO_RESOURCES }, load) => describeLack(reservations, node.capacity ?? NO_RESOURCES, load.reserved),
};

/** Volumes are the engine's own, and networks dswarm's: a log driver is all that can lack. */
const PLUGIN: Filter = {
  accepts: ({ logDrivers }, { logDriver = '' }) =>
    logDriver === '' || logDriver === 'none' || logDrivers === undefined || logDrivers.includes(logDriver.replace(/:latest$/, '')),
  explain: (count) => `missing plugin ${onNodes(count)}`,
  reason: (_node, { logDriver }) => `has no log driver ${logDriver ?? ''}`,
};

const HOST_PORTS: Filter = {
  accepts: (node, demand, load) => demand.hostPorts.length === 0 || (load.own === 0 && portInUse(node, demand, load) === undefined),
  explain: (count) => `host-mode port already in use ${onNodes(count)}`,
  reason: (node, demand, load) => `host port ${portInUse(node, demand, load) ?? demand.hostPorts.join(', ')} is in use`,
};

const MAX_REPLICAS: Filter = {
  accepts: (_node, { maxReplicasPerNode }, load) => maxReplicasPerNode === 0 || load.own < maxReplicasPerNode,
  explain: () => 'max replicas per node limit exceed',
  reason: (_node, { maxReplicasPerNode }, load) => `has ${load.own} tasks of at most ${maxReplicasPerNode}`,
};

/** Swarm says it of CSI volumes; these are the engines' own. */
const VOLUMES: Filter = {
  accepts: ({ name }, { dataOn }) => dataOn?.includes(name) !== false,
  explain: (count) => `cannot fulfill requested volume mounts ${onNodes(count)}`,
  reason: (_node, { dataOn = [] }) => `the data is in a volume on ${nameNodes(dataOn)}`,
};

/** Those that are asked at each placement: of all but PLUGIN and AVOIDED the answer changes with it. */
export const LOAD_FILTERS: readonly Filter[] = [RESOURCES, PLUGIN, HOST_PORTS, MAX_REPLICAS, AVOIDED];

/** In Swarm's order, ours last; a node is counted against the first filter that refuses it. */
export const FILTERS: readonly Filter[] = [READY, RESOURCES, PLUGIN, CONSTRAINTS, HOST_PORTS, MAX_REPLICAS, VOLUMES, AVOIDED];
