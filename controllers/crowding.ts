import { crowdedOut } from '../lib/plan/crowding.ts';
import type { TaskView } from '../lib/plan/task-view.ts';
import { serviceKeyOf, type TaskIndex } from '../lib/runtime/task-index.ts';
import type { NodeIndex } from '../lib/schedule/node-index.ts';
import { fits } from '../lib/schedule/resources.ts';
import type { StoredTask } from '../lib/types/objects.ts';

interface Sources {
  nodes: NodeIndex;
  index: TaskIndex;
}

/** Names of the tasks of a service that their nodes have no room for any more. Only nodes that promised more than they have are looked at. */
export function crowdedTasks(service: string, tasks: readonly TaskView[], { nodes, index }: Sources): ReadonlySet<string> {
  const crowded = new Set<string>();
  for (const node of new Set(tasks.map((task) => task.spec.node)))
    for (const task of outOf(node, nodes, index)) if (serviceKeyOf(task) === service) crowded.add(task.metadata.name);
  return crowded;
}

function outOf(name: string, nodes: NodeIndex, index: TaskIndex): StoredTask[] {
  const rank = nodes.rank(name);
  const capacity = rank === undefined ? undefined : nodes.node(rank).capacity;
  if (rank === undefined || capacity === undefined) return [];
  const { reserved } = nodes.load(rank);
  return fits(reserved, capacity, { nanoCpus: 0, memoryBytes: 0 }) ? [] : crowdedOut(index.ofNode(name), capacity);
}
