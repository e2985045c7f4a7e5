import { addResources, fits, NO_RESOURCES, toResources, type Resources } from '../schedule/resources.ts';
import type { StoredTask } from '../types/objects.ts';
import { countsOnNode } from './demand.ts';

/**
 * The tasks that a node has no room for any more, because it has less than it had: the oldest stay. Tasks of one slot count once: a
 * replacement stands beside what it replaces for a while.
 */
export function crowdedOut(tasks: readonly StoredTask[], capacity: Resources): StoredTask[] {
  const slots = new Map<string, StoredTask[]>();
  for (const task of [...tasks].filter(countsOnNode).sort(oldestFirst)) {
    const slot = `${task.metadata.namespace ?? ''}/${task.spec.service}/${task.spec.slot}`;
    slots.set(slot, [...(slots.get(slot) ?? []), task]);
  }
  let kept = NO_RESOURCES;
  return [...slots.values()].flatMap((slot) => {
    const asked = mostOf(slot);
    if (!fits(asked, capacity, kept)) return slot;
    kept = addResources(kept, asked);
    return [];
  });
}

function mostOf(tasks: readonly StoredTask[]): Resources {
  const all = tasks.map((task) => toResources(task.spec.reservations));
  return {
    nanoCpus: Math.max(...all.map((each) => each.nanoCpus)),
    memoryBytes: Math.max(...all.map((each) => each.memoryBytes)),
  };
}

function oldestFirst(a: StoredTask, b: StoredTask): number {
  const [left, right] = [a, b].map(({ metadata }) => `${metadata.creationTimestamp}/${metadata.namespace ?? ''}/${metadata.name}`);
  return (left ?? '') < (right ?? '') ? -1 : 1;
}
