import { createHash } from 'node:crypto';
import type { TaskRestarts } from '../types/generated.ts';
import type { StoredService } from '../types/objects.ts';
import { isoMillis } from '../types/time.ts';
import { graceSeconds } from './container.ts';
import { hostPortsOf, taskReservations } from './demand.ts';
import { containerName, namespaceOf } from './names.ts';
import type { TaskAssignment } from './step.ts';
import type { TaskView } from './task-view.ts';

export interface AssignmentInput {
  service: StoredService;
  slot: string;
  node: string;
  specHash: string;
  /** Differs between any two attempts for a slot: the store's revision. Makes ids fresh though planning is pure. */
  salt: string;
  /** For jobs. */
  iteration?: number | undefined;
  /** Where it replaces a task that failed. */
  restart?: { startAt: number; restarts: TaskRestarts } | undefined;
}

const ID_LENGTH = 6;

export function assignTask({ service, slot, node, specHash, salt, iteration, restart }: AssignmentInput): TaskAssignment {
  const hostPorts = hostPortsOf(service.spec);
  return {
    name: `${service.metadata.name}.${slot}.${taskId([service.metadata.uid, slot, node, specHash, salt])}`,
    namespace: namespaceOf(service),
    spec: {
      service: service.metadata.name,
      serviceUid: service.metadata.uid,
      slot,
      node,
      containerName: containerName(service, slot, specHash),
      specHash,
      image: service.spec.image,
      stopGraceSeconds: graceSeconds(service.spec),
      ...taskReservations(service.spec),
      ...(hostPorts.length === 0 ? {} : { hostPorts }),
      ...(iteration === undefined ? {} : { iteration }),
      ...(restart === undefined ? {} : { startAfter: isoMillis(restart.startAt), restarts: restart.restarts }),
    },
  };
}

/** Containers that have no record: the state was lost, or written by an older controller. */
export function unrecordedTasks(tasks: readonly TaskView[]): TaskAssignment[] {
  return tasks.filter((task) => task.record === undefined).map(({ name, namespace, spec }) => ({ name, namespace, spec }));
}

function taskId(parts: readonly string[]): string {
  const digest = createHash('sha256').update(parts.join('/')).digest();
  return digest.readBigUInt64BE().toString(36).padStart(ID_LENGTH, '0').slice(-ID_LENGTH);
}
