import { takenPort } from '../schedule/taken-port.ts';
import { unmetConstraint } from '../schedule/constraint.ts';
import type { NodeFacts } from '../schedule/node-facts.ts';
import type { SlotBuckets } from './buckets.ts';
import { isReady, type TaskView } from './task-view.ts';
import type { Avoidance } from './trouble.ts';

interface Rules {
  constraints: readonly string[];
  /** Tasks that their nodes have no room for any more. */
  crowded: ReadonlySet<string> | undefined;
  /** Why nothing leads to a task, by name (see Strays). */
  strays: ReadonlyMap<string, string>;
  /** Tasks that live ones replace on emptier nodes. */
  evenedOut: ReadonlySet<string>;
}

/**
 * Why a task may not stay where it is, though nothing is wrong with it; undefined: it may. All such reasons stand here, and all are
 * served alike: its replacement becomes ready on another node first, then it stops. Only a stray that no other node takes is replaced in place.
 */
export function mustLeave(
  task: TaskView,
  node: NodeFacts | undefined,
  { constraints, crowded, strays, evenedOut }: Rules,
): string | undefined {
  if (node === undefined || task.phase === 'complete' || task.phase === 'unknown') return undefined;
  if (node.availability === 'drain') return `node ${node.name} is drained`;
  const unmet = unmetConstraint(constraints, node);
  if (unmet !== undefined) return `node ${node.name} no longer meets ${unmet}`;
  const stray = strays.get(task.name);
  if (stray !== undefined) return stray;
  if (evenedOut.has(task.name)) return `node ${node.name} runs more of the service's tasks than others`;
  return crowded?.has(task.name) === true ? `node ${node.name} no longer has what it reserves` : undefined;
}

/** Why a task that has not run yet is better placed elsewhere: its steps failed there in a way that they will again. */
export function cannotStart(task: TaskView, avoidance: Avoidance | undefined, hostPorts: readonly string[]): string | undefined {
  if (avoidance === undefined || (task.phase !== 'assigned' && task.phase !== 'created')) return undefined;
  const { avoid, takenPorts } = avoidance;
  const { node } = task.spec;
  const port = takenPort(hostPorts, takenPorts.get(node) ?? []);
  return port === undefined ? avoid.get(node) : `PortConflict: host port ${port} of node ${node} is taken`;
}

export interface MoveInput {
  /** The service's update.parallelism; 0: all at once. */
  parallelism: number;
  /** Slots with a running chain, or with one that begins in this pass. */
  underWay: number;
  slots: readonly SlotBuckets[];
}

/** How many tasks may begin to leave now: as many at a time as an update may replace, less those whose moves have not come to their end. */
export function movesNow({ parallelism, underWay, slots }: MoveInput): number {
  if (parallelism === 0) return Infinity;
  const unfinished = slots.filter(({ keep, leaving }) => {
    if (keep === undefined || keep.phase === 'unknown') return false;
    return !isReady(keep) || leaving.some((task) => task.container !== undefined);
  });
  return Math.max(0, parallelism - unfinished.length - underWay);
}
