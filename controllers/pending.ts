import { countsOnNode } from '../lib/plan/demand.ts';
import type { Snapshot, StoreEvent } from '../lib/ports/store.ts';
import { refKey, refOf } from '../lib/types/objects.ts';

/** Whether a node has more room now: a task there ended or went, or a service that may hold host ports changed. */
export function freesRoom({ type, object, previous }: StoreEvent): boolean {
  if (object.kind === 'Service') return (object.spec.ports ?? []).length > 0 && type === 'DELETED';
  if (object.kind !== 'Task') return false;
  return type === 'DELETED' || (previous?.kind === 'Task' && countsOnNode(previous) && !countsOnNode(object));
}

/** Keys of the services with a task that no node can take. */
export function pendingServices(snapshot: Snapshot): string[] {
  return snapshot
    .list('Service')
    .filter((service) => (service.status?.refusals ?? []).length > 0)
    .map((service) => refKey(refOf(service)));
}
