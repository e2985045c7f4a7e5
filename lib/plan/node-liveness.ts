import type { StoredNode } from '../types/objects.ts';
import type { NodeObservation, NodeState } from '../types/observation.ts';
import { parseIsoTime } from '../types/time.ts';

/** How long a node is Unknown before it is Down: Swarm's three heartbeats of 5 s. */
export const DOWN_AFTER_MS = 15_000;

/** How long a node that came back after a failover must be Ready without a break before it counts as steady. */
export const STEADY_MS = 30_000;

/** Times as the store has them are cut to whole seconds. */
const STORED_PRECISION_MS = 1_000;

/** Whether and since when a node answers. */
export interface NodeLiveness {
  name: string;
  state: NodeState;
  /** Whether it was ever reached: a node with a wrong address has not vanished. */
  known: boolean;
  /** How long it has not answered; 0 while it does, and while it is Untrusted. */
  awayMs: number;
  /** The part of it that this run of the controller has seen itself; 0 before the first try has failed. */
  seenMs: number;
  /** How long it is Ready again after a failure that this run has seen. */
  backMs: number | undefined;
  /** See Node.status.failover. */
  failover: 'Moved' | 'Settling' | undefined;
}

/** `monotonic`: now, on the clock that never jumps. */
export function nodeLiveness(node: StoredNode, observation: NodeObservation | undefined, monotonic: number): NodeLiveness {
  const { status, metadata } = node;
  const known = status?.engine !== undefined || observation?.engine !== undefined;
  const fixed = { name: metadata.name, known, failover: status?.failover };
  if (observation === undefined) return { ...fixed, state: 'Unknown', awayMs: 0, seenMs: 0, backMs: undefined };
  const heldMs = monotonic - observation.sinceMonotonic;
  const awayMs = away(node, observation, heldMs);
  return {
    ...fixed,
    state: observation.state === 'Unknown' && awayMs >= DOWN_AFTER_MS ? 'Down' : observation.state,
    awayMs,
    seenMs: awayMs > 0 && observation.tried ? heldMs : 0,
    backMs: observation.state === 'Ready' && observation.recovered ? heldMs : undefined,
  };
}

/**
 * Within one run of the controller the clock that never jumps counts. An absence that an earlier run saw begin counts from the stored
 * time to the start of this run, once: a wall clock that jumps later makes nothing late or early.
 */
function away({ status }: StoredNode, observation: NodeObservation, heldMs: number): number {
  if (observation.state === 'Ready' || observation.state === 'Untrusted') return 0;
  const stored = status?.unreachableSince === undefined ? undefined : parseIsoTime(status.unreachableSince);
  if (stored === undefined || observation.wasReady) return heldMs;
  return heldMs + Math.max(0, observation.since - stored - STORED_PRECISION_MS);
}
