import type { TaskStatus } from '../types/generated.ts';
import type { StoredTask } from '../types/objects.ts';
import { isoTime } from '../types/time.ts';
import { LABELS } from './names.ts';
import type { TaskAssignment } from './step.ts';

/** The Task object of a new or adopted assignment; `uid` and time come from outside. */
export function taskObject(assignment: TaskAssignment, status: TaskStatus, identity: { uid: string; now: number }): StoredTask {
  return {
    apiVersion: 'dswarm/v1',
    kind: 'Task',
    metadata: {
      name: assignment.name,
      namespace: assignment.namespace,
      uid: identity.uid,
      generation: 1,
      resourceVersion: '0',
      creationTimestamp: isoTime(identity.now),
      labels: { [LABELS.service]: assignment.spec.service, 'dswarm/node': assignment.spec.node },
    },
    spec: assignment.spec,
    status,
  };
}
