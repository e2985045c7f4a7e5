import type { NodeIndex } from '../schedule/node-index.ts';
import type { StoredService } from '../types/objects.ts';
import { wantedSlots } from './slots.ts';
import type { TaskView } from './task-view.ts';

/**
 * The slots of a job's iteration, in order: 0..N-1 as in Swarm, or the nodes that it is to run on. `tasks` are those of this iteration. A
 * node where it has completed stays among them when it takes no tasks any more: it does not run there again.
 */
export function jobSlots(service: StoredService, nodes: NodeIndex, tasks: readonly TaskView[]): string[] {
  const { mode, replicas } = service.spec;
  if (mode !== 'global-job') return Array.from({ length: replicas }, (_, index) => String(index));
  const done = tasks.filter((task) => task.phase === 'complete' && nodes.find(task.spec.slot) !== undefined).map((task) => task.spec.slot);
  return [...new Set([...wantedSlots(service, nodes, tasks), ...done])].sort();
}
