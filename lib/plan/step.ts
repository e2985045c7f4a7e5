import type { ContainerConfig, EndpointConfig, NetworkConfig } from '../ports/docker.ts';
import type { TaskSpec } from '../types/generated.ts';

/** A task as the planner makes it: its Task object is stored before its container is created. */
export interface TaskAssignment {
  /** The Task object's name: SERVICE.SLOT.ID, unique for ever. */
  name: string;
  namespace: string;
  spec: TaskSpec;
}

export type PullPolicy = 'Always' | 'IfNotPresent' | 'Never';

/** One call to one engine. A step can print itself: the preview is the act. */
export type Step =
  /** `archs`: what the image may be made for; absent: anything. */
  | { op: 'pull'; node: string; image: string; policy: PullPolicy; archs?: readonly string[] }
  /** The engine's network is as given, whether it was there or not. */
  | { op: 'network'; node: string; network: NetworkConfig }
  /** `connect`: its networks beside the first, by the engine's name. */
  | { op: 'create'; node: string; task: TaskAssignment; config: ContainerConfig; connect?: Readonly<Record<string, EndpointConfig>> }
  /** Without an id: the container that the chain has just created. */
  | { op: 'start'; node: string; task: string; name: string; id?: string }
  /** Out of the tables of all nodes, so that no new connection meets its end. */
  | { op: 'withdraw'; node: string; task: string; namespace: string; name: string; id: string }
  /** `spares`: where it has ended by itself before it is told, its end counts, and the chain goes no further. */
  | { op: 'stop'; node: string; task: string; name: string; id: string; graceSeconds: number; spares?: true }
  /** `keepLog`: its last lines are read before. */
  | { op: 'remove'; node: string; task: string; name: string; id: string; keepLog?: boolean };

/** Steps for one slot, in order; chains of different slots are independent. */
export interface Chain {
  slot: string;
  /** Why, in a few words: for the preview, the log and events. */
  reason: string;
  /** Spec hash that the chain works towards; undefined for removals. */
  specHash?: string;
  /** What the task that it makes takes of its node; absent for removals. */
  target?: Pick<TaskSpec, 'hostPorts' | 'addresses'>;
  steps: readonly Step[];
}

export function formatStep(step: Step): string {
  switch (step.op) {
    case 'pull':
      return `pull ${step.image} (${step.policy})`;
    case 'network':
      return `ensure network ${step.network.name} (${step.network.subnet})`;
    case 'create':
      return `create ${step.task.spec.containerName} from ${step.task.spec.image}`;
    case 'start':
      return `start ${step.name}`;
    case 'withdraw':
      return `withdraw ${step.name} from all nodes' tables`;
    case 'stop':
      return `stop ${step.name} (grace ${step.graceSeconds}s)`;
    case 'remove':
      return `remove ${step.name}`;
    default: {
      const never: never = step;
      return never;
    }
  }
}
