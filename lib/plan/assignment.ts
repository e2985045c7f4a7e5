import { createHash } from 'node:crypto';
import type { NodeFacts } from '../schedule/node-facts.ts';
import type { TaskRestarts, TaskSpec } from '../types/generated.ts';
import type { StoredService } from '../types/objects.ts';
import { isoMillis } from '../types/time.ts';
import { graceSeconds } from './container.ts';
import { hostPortsOf, taskReservations } from './demand.ts';
import { containerName, namespaceOf } from './names.ts';
import { volumesOf } from './holding.ts';
import type { TaskAssignment } from './step.ts';
import type { TaskView } from './task-view.ts';

export interface AssignmentInput {
  service: StoredService;
  slot: string;
  node: NodeFacts;
  specHash: string;
  /** Differs between any two attempts for a slot: the store's revision. Makes ids fresh though planning is pure. */
  salt: string;
  /** For jobs. */
  iteration?: number | undefined;
  /** Where it replaces a task that failed; `startAt` absent: it need not wait. */
  restart?: { startAt?: number; restarts: TaskRestarts } | undefined;
  /** The task that it replaces for balance alone. */
  evensOut?: string | undefined;
}

const ID_LENGTH = 6;

export function assignTask(input: AssignmentInput): TaskAssignment {
  const { service, slot, node, specHash, salt, iteration, restart, evensOut } = input;
  const hostPorts = hostPortsOf(service.spec);
  const name = `${service.metadata.name}.${slot}.${taskId([service.metadata.uid, slot, node.name, specHash, salt])}`;
  const spec: TaskSpec = {
    service: service.metadata.name,
    serviceUid: service.metadata.uid,
    slot,
    node: node.name,
    containerName: containerName(service, slot, specHash),
    specHash,
    image: service.spec.image,
    stopGraceSeconds: graceSeconds(service.spec),
    ...taskReservations(service.spec),
    ...(hostPorts.length === 0 ? {} : { hostPorts }),
    ...(iteration === undefined ? {} : { iteration }),
    ...(evensOut === undefined ? {} : { evensOut }),
    ...(restart?.startAt === undefined ? {} : { startAfter: isoMillis(restart.startAt) }),
    ...(restart === undefined ? {} : { restarts: restart.restarts }),
  };
  const volumes = volumesOf({ service, task: { name, spec }, node });
  return { name, namespace: namespaceOf(service), spec: volumes.length === 0 ? spec : { ...spec, volumes } };
}

/** Containers that have no record: the state was lost, or written by an older controller. */
export function unrecordedTasks(tasks: readonly TaskView[]): TaskAssignment[] {
  return tasks.filter((task) => task.record === undefined).map(({ name, namespace, spec }) => ({ name, namespace, spec }));
}

function taskId(parts: readonly string[]): string {
  const digest = createHash('sha256').update(parts.join('/')).digest();
  return digest.readBigUInt64BE().toString(36).padStart(ID_LENGTH, '0').slice(-ID_LENGTH);
}
