import { DOWN_AFTER_MS, SUSPECT_MS, type NodeLiveness } from './node-liveness.ts';

/** A failure that an earlier run saw begin is acted on only when this run has seen so much of it. */
export const EVIDENCE_MS = 2_000;

/** How much longer than `failover.after` a node must be away that already lost its tasks once and has not been steady since. */
export const FLAP_PENALTY_MS = 60_000;

/** For so long a node that is just back counts among those that vanished together: the others may be on their way, too. */
export const RETURN_WINDOW_MS = 15_000;

/** How soon it is looked again at nodes that have just been silent: they are heard, or given up. */
export const SUSPICION_MS = 500;

/** How many lost tasks of one service may be on their way to other nodes at a time. */
export const EVICTIONS_AT_ONCE = 10;

export interface EvictionInput {
  nodes: readonly NodeLiveness[];
  /** Those that have tasks to be moved. */
  concerned: ReadonlySet<string>;
  /** The service's `failover.after` in milliseconds. */
  afterMs: number;
}

export interface EvictionVerdict {
  /** Nodes whose tasks are to be replaced elsewhere. */
  lost: ReadonlySet<string>;
  /** Why none is, though some have been away for long enough. */
  blocked?: { reason: 'most-nodes-unreachable'; message: string };
  /** Milliseconds until the verdict changes by time alone. */
  nextMs?: number;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * Which nodes have been away for so long that their tasks are replaced. The brake: when more than half of the nodes, and more than one,
 * vanished together, the controller's own network is the likelier fault, and nothing is moved (invariant 4).
 */
export function judgeEvictions({ nodes, concerned, afterMs }: EvictionInput): EvictionVerdict {
  const away = nodes.filter((node) => concerned.has(node.name) && (node.state === 'Unknown' || node.state === 'Down'));
  const waits = away.map((node) => [node.name, wait(node, afterMs)] as const);
  const due = waits.filter(([, ms]) => ms <= 0).map(([name]) => name);
  const pending = waits.flatMap(([, ms]) => (ms > 0 ? [ms] : []));
  const brake = due.length === 0 ? undefined : judgeBrake(nodes);
  if (brake === undefined) return verdict(new Set(due), pending);
  return { ...verdict(NONE, [...pending, ...brake.pending]), blocked: { reason: 'most-nodes-unreachable', message: brake.message } };
}

function verdict(lost: ReadonlySet<string>, pending: readonly number[]): EvictionVerdict {
  return pending.length === 0 ? { lost } : { lost, nextMs: Math.min(...pending) };
}

/** Milliseconds until the node's tasks may be replaced. */
function wait(node: NodeLiveness, afterMs: number): number {
  const limit = node.failover === 'Settling' ? afterMs + FLAP_PENALTY_MS : afterMs;
  return Math.max(limit - node.awayMs, EVIDENCE_MS - node.seenMs);
}

function judgeBrake(nodes: readonly NodeLiveness[]): { message: string; pending: number[] } | undefined {
  const known = nodes.filter((node) => node.known);
  const unreachable = known.filter((node) => node.state !== 'Ready').length;
  // A node is given up some seconds after its last sign: those cut off with it may still count as Ready.
  const silent = known.filter(isSuspect).length;
  const back = known.flatMap((node) =>
    node.backMs !== undefined && node.backMs < RETURN_WINDOW_MS ? [RETURN_WINDOW_MS - node.backMs] : [],
  );
  const vanished = unreachable + silent + back.length;
  if (vanished <= 1 || vanished * 2 <= known.length) return undefined;
  const returned = back.length === 0 ? '' : ` or just back (${back.length})`;
  const pending = silent === 0 ? back : [...back, SUSPICION_MS];
  return { message: `nothing is moved while most nodes cannot be reached${returned}: ${vanished} of ${known.length}`, pending };
}

const isSuspect = ({ state, silentMs, backMs }: NodeLiveness): boolean =>
  state === 'Ready' && (silentMs ?? 0) >= SUSPECT_MS && (backMs === undefined || backMs >= RETURN_WINDOW_MS);

/** Milliseconds until a node that cannot be reached becomes Down; undefined where it is, or is not on the way. */
export function untilDown({ state, awayMs }: NodeLiveness): number | undefined {
  return state === 'Unknown' && awayMs < DOWN_AFTER_MS ? DOWN_AFTER_MS - awayMs : undefined;
}
