import { meetsConstraints } from '../schedule/constraint.ts';
import type { NodeIndex } from '../schedule/node-index.ts';
import type { StoredService } from '../types/objects.ts';
import type { TaskView } from './task-view.ts';

/** The slots that a service should have, in order: 1..N, or the names of the nodes it belongs on. */
export function wantedSlots(service: StoredService, nodes: NodeIndex, tasks: readonly TaskView[]): string[] {
  if (service.spec.mode === 'global' || service.spec.mode === 'global-job') return globalSlots(service, nodes, tasks);
  return Array.from({ length: service.spec.replicas }, (_, index) => String(index + 1));
}

/** A node that is paused or cannot be reached keeps the task it has and gets no new one; a drained one has none. */
function globalSlots(service: StoredService, nodes: NodeIndex, tasks: readonly TaskView[]): string[] {
  const filled = new Set(tasks.map((task) => task.spec.slot));
  const constraints = service.spec.placement?.constraints ?? [];
  return nodes
    .all()
    .filter((node) => node.availability !== 'drain')
    .filter((node) => meetsConstraints(constraints, node) || (!node.ready && filled.has(node.name)))
    .filter((node) => (node.ready && node.availability === 'active') || filled.has(node.name))
    .map((node) => node.name)
    .sort();
}

/** In the order in which slots first occur. */
export function groupBySlot<Task extends { spec: { slot: string } }>(tasks: readonly Task[]): Map<string, Task[]> {
  const groups = new Map<string, Task[]>();
  for (const task of tasks) {
    const group = groups.get(task.spec.slot);
    if (group === undefined) groups.set(task.spec.slot, [task]);
    else group.push(task);
  }
  return groups;
}
