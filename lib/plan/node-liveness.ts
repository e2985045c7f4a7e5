import type { StoredNode } from '../types/objects.ts';
import type { NodeObservation, NodeState } from '../types/observation.ts';
import { parseIsoTime } from '../types/time.ts';

/** How long a node is Unknown before it is Down: Swarm's three heartbeats of 5 s. */
export const DOWN_AFTER_MS = 15_000;

/** How long a node that came back after a failover must be Ready without a break before it counts as steady. */
export const STEADY_MS = 30_000;

/** An engine that has said nothing for so long is asked for a sign of life. */
export const PROBE_MS = 1_500;

/** How often a link looks at what it heard: the precision of all that follows. */
export const LISTEN_MS = 500;

/** A host that gave no sign of any kind for so long, several round trips more on a slow way, is given up: less than a `failover.after` of 5 s. */
export const HOST_SILENT_MS = 4_500;

/** While the host gives signs and only its engine does not, the engine is busy or stuck rather than gone: there is time to make sure. */
export const ENGINE_SILENT_MS = 10_000;

/** A node that was silent for so long may be on its way to be given up: it does not count as proof that the network is well. */
export const SUSPECT_MS = 2_500;

/** Round trips that a loss may cost before the host is heard again, and the longest round trip that is allowed for. */
const ROUND_TRIPS = 6;
const SLOWEST_MS = 1_000;

/** A look that comes late by more than this was held up by this program itself: what nobody listened for is no absence. */
const LATE_MS = 250;

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
  /** How long it gave no sign of life while it still counts as Ready. */
  silentMs?: number | undefined;
}

/** When a host and its engine were last heard, on the clock that never jumps. */
export interface Signs {
  /** Anything over ssh, keepalive answers included; undefined: the engine is reached without ssh, and is the only one to be heard. */
  host: number | undefined;
  engine: number;
}

/** What the link heard since its last look. */
export interface Heard {
  host: boolean;
  engine: boolean;
  /** How much later than meant the look came. */
  lateMs: number;
}

/** An answer of the engine is a sign of its host, too. */
export function hear(before: Signs, heard: Heard, now: number): Signs {
  const excused = heard.lateMs > LATE_MS ? heard.lateMs : 0;
  const later = (sign: number, isHeard: boolean): number => (isHeard ? now : Math.min(now, sign + excused));
  const { host } = before;
  return {
    host: host === undefined ? undefined : later(host, heard.host || heard.engine),
    engine: later(before.engine, heard.engine),
  };
}

export const lastSign = ({ host, engine }: Signs): number => Math.max(host ?? engine, engine);

/** `host`: nothing of it is heard any more. `engine`: its host is there, and the engine does not answer. `since`: the last sign of it. */
export type Absence = { who: 'host' | 'engine'; since: number; silentMs: number };

/** Whether a link is to be given up; `rttMs`: how long an answer takes when all is well. */
export function judgeSilence(signs: Signs, rttMs: number, now: number): Absence | undefined {
  const { host, engine } = signs;
  const patience = HOST_SILENT_MS + ROUND_TRIPS * Math.min(rttMs, SLOWEST_MS);
  if (host !== undefined && now - host >= patience) return { who: 'host', since: host, silentMs: now - host };
  return now - engine >= ENGINE_SILENT_MS ? { who: 'engine', since: engine, silentMs: now - engine } : undefined;
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
