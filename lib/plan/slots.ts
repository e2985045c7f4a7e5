import { meetsConstraints } from '../schedule/constraint.ts';
import type { NodeIndex } from '../schedule/node-index.ts';
import type { StoredService } from '../types/objects.ts';
import { isLive, type TaskView } from './task-view.ts';

/** The slots that a service should have, in order: as many numbers as it has replicas, or the names of the nodes it belongs on. */
export function wantedSlots(service: StoredService, nodes: NodeIndex, tasks: readonly TaskView[]): string[] {
  if (service.spec.mode === 'global' || service.spec.mode === 'global-job') return globalSlots(service, nodes, tasks);
  return numberedSlots(service.spec.replicas, service.spec.mode === 'replicated' ? tasks : []);
}

/** Those that are there, or what is left of them once scaled down; and the lowest free numbers for those that are missing. */
function numberedSlots(replicas: number, tasks: readonly TaskView[]): string[] {
  const slots = [...groupBySlot(tasks)].flatMap(([slot, held]) => (SLOT_NUMBER.test(slot) ? [occupiedSlot(Number(slot), held)] : []));
  const kept = slots.length <= replicas ? slots : lastToGo(slots).slice(0, replicas);
  const numbers = new Set(kept.map((slot) => slot.number));
  for (let free = 1; numbers.size < replicas; free += 1) numbers.add(free);
  return [...numbers].sort((a, b) => a - b).map(String);
}

const SLOT_NUMBER = /^[1-9]\d{0,14}$/;

interface OccupiedSlot {
  number: number;
  /** Undefined: nothing of it is on any node. */
  node: string | undefined;
  running: boolean;
  /** All that it holds is on its way out: that was decided before, and is not decided anew with each pass. */
  leaving: boolean;
}

function occupiedSlot(number: number, held: readonly TaskView[]): OccupiedSlot {
  const best = held.find((task) => task.phase === 'running') ?? held.find(isLive) ?? held.find((task) => !RECORD_ONLY.has(task.phase));
  return {
    number,
    node: best?.spec.node,
    running: best?.phase === 'running',
    leaving: held.every((task) => task.record?.status?.desiredState === 'Shutdown'),
  };
}

const RECORD_ONLY: ReadonlySet<TaskView['phase']> = new Set(['gone', 'rejected', 'unassigned']);

/**
 * In the order in which they would be kept (SwarmKit's manager/orchestrator/replicated): what is on no node goes first, then from the node
 * with most copies of the service; of those what does not run, then the highest number.
 */
function lastToGo(slots: readonly OccupiedSlot[]): OccupiedSlot[] {
  const copies = new Map<string | undefined, number>();
  const ordered = [...slots].sort(
    (a, b) => Number(a.leaving) - Number(b.leaving) || Number(b.running) - Number(a.running) || a.number - b.number,
  );
  const ranked = ordered.map((slot) => {
    const copy = (copies.get(slot.node) ?? 0) + 1;
    copies.set(slot.node, copy);
    return { slot, leaving: Number(slot.leaving), copy: slot.node === undefined ? Infinity : copy };
  });
  return ranked.sort((a, b) => a.leaving - b.leaving || compareCopies(a.copy, b.copy)).map(({ slot }) => slot);
}

/** Infinity is equal to itself. */
const compareCopies = (a: number, b: number): number => (a === b ? 0 : a - b);

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
