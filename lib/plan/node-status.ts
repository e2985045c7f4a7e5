import { mergeConditions, type ConditionInput } from '../conditions/conditions.ts';
import type { NodeStatus } from '../types/generated.ts';
import type { StoredNode } from '../types/objects.ts';
import type { NodeObservation } from '../types/observation.ts';
import { isoTime } from '../types/time.ts';

/** The one status of a node. What the engine told last stays while the node is away; lastSeen is written only when the state changes. */
export function nodeStatus(node: StoredNode, observation: NodeObservation, tasks: number, now: number): NodeStatus {
  const previous = node.status;
  const engine = observation.engine;
  const address = node.spec.address ?? node.spec.ssh?.host;
  const lastSeen =
    previous?.state === observation.state
      ? previous.lastSeen
      : observation.lastSeen === undefined
        ? previous?.lastSeen
        : isoTime(observation.lastSeen);
  return {
    observedGeneration: node.metadata.generation,
    conditions: mergeConditions([readyCondition(observation)], {
      previous: previous?.conditions,
      now: isoTime(now),
      generation: node.metadata.generation,
    }),
    state: observation.state,
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
    tasks,
    ...(lastSeen === undefined ? {} : { lastSeen }),
  };
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

function readyCondition(observation: NodeObservation): ConditionInput {
  switch (observation.state) {
    case 'Ready':
      return { type: 'Ready', status: 'True', reason: 'Reachable', message: observation.message };
    case 'Unknown':
      return { type: 'Ready', status: 'Unknown', reason: 'Unreachable', message: observation.message };
    case 'Untrusted':
      return { type: 'Ready', status: 'False', reason: 'Untrusted', message: observation.message };
    case 'Down':
      return { type: 'Ready', status: 'False', reason: 'Down', message: observation.message };
  }
}
