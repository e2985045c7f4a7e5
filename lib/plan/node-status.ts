import { mergeConditions, type ConditionInput } from '../conditions/conditions.ts';
import { routesInTheWay } from '../network/routes.ts';
import type { NodeStatus, NodeSubnet } from '../types/generated.ts';
import type { StoredNode } from '../types/objects.ts';
import type { NodeObservation, NodeState } from '../types/observation.ts';
import { isoTime } from '../types/time.ts';
import { nodeLiveness, STEADY_MS } from './node-liveness.ts';
import type { NodePressure } from './trouble.ts';

export interface NodeSight {
  observation: NodeObservation;
  /** Containers of ours that run there. */
  tasks: number;
  /** Absent: there is no data plane. */
  plane?: PlaneReport | undefined;
  /** Subnets of the engine's networks that are not this cluster's; undefined: not known now. */
  subnets?: readonly NodeSubnet[] | undefined;
  /** What it lacks for any task. */
  pressures?: readonly NodePressure[];
}

/** What is known of a node's plane. */
export interface PlaneReport {
  publicKey?: string;
  /** Of the host, as the plane tells them; absent: not known now. */
  routes?: readonly string[];
  /** Newest revision of what the cluster serves that the node has acknowledged. */
  generation: number;
  state: 'starting' | 'current' | 'failing' | 'off';
  /** Of failing: a condition's reason. */
  reason?: string;
  message: string;
}

/** The one status of a node. What the engine told last stays while the node is away; lastSeen is written only when the state changes. */
export function nodeStatus(
  node: StoredNode,
  { observation, tasks, plane, subnets, pressures = [] }: NodeSight,
  now: { wall: number; monotonic: number },
): NodeStatus {
  const previous = node.status;
  const { state } = nodeLiveness(node, observation, now.monotonic);
  const engine = observation.engine;
  const address = node.spec.address ?? node.spec.ssh?.host;
  const lastSeen =
    previous?.state === state ? previous.lastSeen : observation.lastSeen === undefined ? previous?.lastSeen : isoTime(observation.lastSeen);
  return {
    observedGeneration: node.metadata.generation,
    conditions: mergeConditions(conditionsOf(state, { message: observation.message, plane, pressures }), {
      previous: previous?.conditions,
      now: isoTime(now.wall),
      generation: node.metadata.generation,
    }),
    state,
    message: observation.message,
    ...(engine === undefined
      ? kept(previous)
      : {
          engine: { version: engine.version, apiVersion: engine.apiVersion },
          platform: { os: engine.os, arch: engine.arch },
          hostname: engine.hostname,
          capacity: { cpus: engine.cpus, memory: engine.memory },
        }),
    ...(address === undefined ? {} : { address }),
    ...subnetStatus(previous, subnets),
    ...routeStatus(previous, plane, subnets),
    ...planeStatus(previous, plane),
    tasks,
    ...absence(previous, observation),
    ...failoverOf(previous, observation, now.monotonic),
    ...(lastSeen === undefined ? {} : { lastSeen }),
  };
}

/** A key that was learnt once is kept: with it the node's peers keep their tunnels to it. */
function planeStatus(previous: NodeStatus | undefined, plane: PlaneReport | undefined): Pick<NodeStatus, 'plane'> {
  if (plane === undefined) return {};
  const publicKey = plane.publicKey ?? previous?.plane?.publicKey;
  const generation = plane.generation === 0 ? (previous?.plane?.generation ?? 0) : plane.generation;
  return { plane: { ...(publicKey === undefined ? {} : { publicKey }), generation, message: plane.message } };
}

/** In Kubernetes it is NetworkUnavailable, turned round. */
function networkCondition(state: NodeState, plane: PlaneReport | undefined): ConditionInput[] {
  if (plane === undefined) return [];
  if (state !== 'Ready') return [{ type: 'NetworkReady', status: 'Unknown', reason: 'NodeNotReady', message: 'the node does not answer' }];
  const { message } = plane;
  switch (plane.state) {
    case 'starting':
      return [{ type: 'NetworkReady', status: 'Unknown', reason: 'Starting', message }];
    case 'current':
      return [{ type: 'NetworkReady', status: 'True', reason: 'Current', message }];
    case 'off':
      return [{ type: 'NetworkReady', status: 'False', reason: 'NoDataPlane', message }];
    case 'failing':
      return [{ type: 'NetworkReady', status: 'False', reason: plane.reason ?? 'NotCurrent', message }];
  }
}

function subnetStatus(previous: NodeStatus | undefined, subnets: readonly NodeSubnet[] | undefined): Pick<NodeStatus, 'subnets'> {
  const known = subnets ?? previous?.subnets ?? [];
  return known.length === 0 ? {} : { subnets: [...known] };
}

function routeStatus(
  previous: NodeStatus | undefined,
  plane: PlaneReport | undefined,
  subnets: readonly NodeSubnet[] | undefined,
): Pick<NodeStatus, 'routes'> {
  const routes = plane?.routes === undefined ? previous?.routes : routesInTheWay(plane.routes, subnets ?? previous?.subnets ?? []);
  return routes === undefined ? {} : { routes };
}

function kept(previous: NodeStatus | undefined): Partial<NodeStatus> {
  const { engine, platform, hostname, capacity } = previous ?? {};
  return {
    ...(engine === undefined ? {} : { engine }),
    ...(platform === undefined ? {} : { platform }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(capacity === undefined ? {} : { capacity }),
  };
}

/** An absence that an earlier run saw begin goes on; a new one is written once this run has seen a failure, and not while it still connects. */
function absence(previous: NodeStatus | undefined, observation: NodeObservation): Partial<NodeStatus> {
  if (observation.state !== 'Unknown') return {};
  const earlier = observation.wasReady ? undefined : previous?.unreachableSince;
  const since = earlier ?? (observation.tried ? isoTime(observation.since) : undefined);
  return since === undefined ? {} : { unreachableSince: since };
}

/** Moved, then Settling once the node is back, then nothing once it has been steady. */
function failoverOf(previous: NodeStatus | undefined, observation: NodeObservation, monotonic: number): Partial<NodeStatus> {
  if (previous?.failover === undefined) return {};
  if (observation.state !== 'Ready') return { failover: previous.failover };
  return monotonic - observation.sinceMonotonic >= STEADY_MS ? {} : { failover: 'Settling' };
}

/** Milliseconds until a node that settles counts as steady; undefined for any other. */
export function untilSteady({ status }: StoredNode, observation: NodeObservation, monotonic: number): number | undefined {
  if (status?.failover === undefined || observation.state !== 'Ready') return undefined;
  return Math.max(0, observation.sinceMonotonic + STEADY_MS - monotonic);
}

function conditionsOf(
  state: NodeState,
  { message, plane, pressures }: { message: string; plane: PlaneReport | undefined; pressures: readonly NodePressure[] },
): ConditionInput[] {
  return [readyCondition(state, message), ...networkCondition(state, plane), ...pressures.map(pressureCondition)];
}

/** As Kubernetes has it on nodes; there only while it holds. */
function pressureCondition({ type, message }: NodePressure): ConditionInput {
  return { type, status: 'True', reason: type === 'DiskPressure' ? 'NodeHasDiskPressure' : 'NodeHasPIDPressure', message };
}

function readyCondition(state: NodeState, message: string): ConditionInput {
  switch (state) {
    case 'Ready':
      return { type: 'Ready', status: 'True', reason: 'Reachable', message };
    case 'Unknown':
      return { type: 'Ready', status: 'Unknown', reason: 'Unreachable', message };
    case 'Untrusted':
      return { type: 'Ready', status: 'False', reason: 'Untrusted', message };
    case 'Down':
      return { type: 'Ready', status: 'False', reason: 'Down', message };
  }
}
