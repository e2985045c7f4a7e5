import type { Blocked } from '../network/connected.ts';
import type { Awaited } from '../schedule/awaited.ts';
import type { NodeIndex } from '../schedule/node-index.ts';
import type { NodeRefusal } from '../schedule/refusal.ts';
import type { RolloutStep } from '../rollout/types.ts';
import type { StoredService, StoredTask } from '../types/objects.ts';
import type { Keeper } from './homes.ts';
import type { Chain, TaskAssignment } from './step.ts';
import type { PlanNetworks } from './task-networks.ts';
import type { TaskView } from './task-view.ts';
import type { Avoidance } from './trouble.ts';

export interface ServicePlanInput {
  /** Undefined: deleted; all its tasks go. */
  service: StoredService | undefined;
  specHash: string;
  /** Of a job: the one in force. */
  iteration?: number | undefined;
  cluster: string;
  tasks: readonly TaskView[];
  /** Tasks that have left their slots, as far as they are remembered. */
  retired?: readonly StoredTask[];
  nodes: NodeIndex;
  /** Tasks that their nodes have no room for any more. */
  crowded?: ReadonlySet<string>;
  /** Slots whose chain runs now, and the spec hash it works towards (undefined: a removal). */
  busy: ReadonlyMap<string, string | undefined>;
  /** Slots that wait before they are tried again, and why. */
  held: ReadonlyMap<string, string>;
  /** Tasks that the last failed step of a slot was for. */
  failedTasks?: ReadonlyMap<string, string>;
  /** Why nothing new may be placed: what the service asks for it has not been given. */
  blocked?: Blocked | undefined;
  /** Nodes are still connecting for the first time: what they run is not known yet, so slots that nothing is known of wait. */
  settling: boolean;
  /** Nodes that have been away for so long that their tasks are replaced. */
  lost?: ReadonlySet<string>;
  /** Absent: there is no data plane, and containers are in no network of ours. */
  networks?: PlanNetworks;
  /** What other services keep of a node's volumes; absent: none keeps any. */
  keeperOf?: (node: string, volumes: readonly string[]) => Keeper;
  /** What is known not to work, and where. */
  avoidance?: Avoidance;
  /** See AssignmentInput. */
  salt: string;
  rollout: RolloutContext;
}

export interface RolloutContext {
  /** Milliseconds since the epoch. */
  now: number;
  /** Hash of the spec that a rollback would lead to. */
  previous: string | undefined;
  /** In a rollback: hash of the spec that failed. */
  failedSpecHash: string | undefined;
  /** Slots whose chain fails in a way that trying again does not mend. */
  failedSlots: ReadonlySet<string>;
}

export interface Wait {
  slot: string;
  reason: string;
  /** Ms since the epoch: a task that is ready and waits before it starts. */
  until?: number;
  /** Its tasks failed one after another. */
  isCrashLoop?: boolean;
}

export const SETTLING = 'nodes are still connecting';

export interface ServicePlan {
  /** Task objects to store before any chain runs. */
  assign: TaskAssignment[];
  /** Names of Task objects to delete: nothing is left of them. */
  forget: string[];
  chains: Chain[];
  /** Slots whose running chain works towards what is no longer wanted: it stops at its next step. */
  cancel: string[];
  /** Tasks whose nodes are lost, and whose slots are filled elsewhere from now on. */
  orphaned: string[];
  /** Tasks that may not stay where they are and cannot leave now, and why. */
  staying: { task: string; reason: string }[];
  /** Slots that should be filled or changed and are not, and why. */
  waiting: Wait[];
  /** Tasks that ended and are not replaced, and why. */
  ended: { task: string; reason: string }[];
  /** Where a task cannot be placed: why each node is refused. */
  refusals?: NodeRefusal[];
  /** What the tasks that cannot be placed wait for. */
  awaited: Awaited[];
  wanted: string[];
  /** Where the rollout stands now; absent: nothing was looked at. */
  rollout?: RolloutStep;
}

export function emptyPlan(): ServicePlan {
  return { assign: [], forget: [], chains: [], cancel: [], orphaned: [], staying: [], waiting: [], ended: [], awaited: [], wanted: [] };
}
