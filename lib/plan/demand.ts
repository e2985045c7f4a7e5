import { parseCpus, parseSize } from '../manifest/quantity.ts';
import type { ServiceDemand } from '../schedule/filters.ts';
import type { NodeBook } from '../schedule/node-book.ts';
import { NO_RESOURCES, toResources } from '../schedule/resources.ts';
import { defined } from '../types/defined.ts';
import type { ServiceSpec, TaskSpec } from '../types/generated.ts';
import { refKey, refOf, type StoredService, type StoredTask } from '../types/objects.ts';
import { isLive, type TaskView } from './task-view.ts';

/** What a task of the service asks of its node. */
export function serviceDemand(service: StoredService): ServiceDemand {
  const { spec } = service;
  const { reservations } = taskReservations(spec);
  return {
    service: refKey(refOf(service)),
    constraints: spec.placement?.constraints ?? [],
    maxReplicasPerNode: spec.placement?.maxReplicasPerNode ?? 0,
    hostPorts: hostPortsOf(spec),
    ...(spec.logging === undefined ? {} : { logDriver: spec.logging.driver }),
    spread: (spec.placement?.preferences ?? []).map((preference) => preference.spread),
    reservations: reservations === undefined ? NO_RESOURCES : toResources(reservations),
  };
}

/** Ports of its node that a task binds: `8080/tcp`. */
export function hostPortsOf({ ports = [] }: ServiceSpec): string[] {
  return ports.flatMap((port) => (port.mode === 'host' && port.published !== undefined ? [`${port.published}/${port.protocol}`] : []));
}

/** What is kept on its node for a task of this spec, as its Task object says it. */
export function taskReservations({ resources }: ServiceSpec): Pick<TaskSpec, 'reservations'> {
  const asked = resources?.reservations;
  if (asked?.cpus === undefined && asked?.memory === undefined) return {};
  return {
    reservations: defined({
      cpus: asked.cpus === undefined ? undefined : parseCpus(asked.cpus),
      memoryBytes: asked.memory === undefined ? undefined : parseSize(asked.memory),
    }),
  };
}

const ENDED: ReadonlySet<string | undefined> = new Set(['Complete', 'Failed', 'Rejected']);

/** Whether a task counts on its node, with what it reserves: until it has ended (SwarmKit: state up to RUNNING). */
export function countsOnNode({ status }: StoredTask): boolean {
  return status?.retiredAt === undefined && !ENDED.has(status?.state);
}

/** Tells the book of the tasks that are there. One that has just ended still counts on its node by its record, and counts no more. */
export function enterTasks(book: NodeBook, tasks: readonly TaskView[], forgotten: ReadonlySet<string>): void {
  for (const task of tasks) {
    if (isLive(task) && task.phase !== 'complete' && !forgotten.has(task.name)) book.holds(task.spec.node);
    else if (task.record !== undefined && countsOnNode(task.record)) book.ends(task.spec.node, toResources(task.spec.reservations));
  }
}

/** A task is about to be replaced. Started first, its successor needs room beside it. */
export function releaseTask(book: NodeBook, task: TaskView, order: 'stop-first' | 'start-first'): void {
  const counts = task.record !== undefined && countsOnNode(task.record);
  const reserved = counts && order === 'stop-first' ? toResources(task.spec.reservations) : NO_RESOURCES;
  book.release(task.spec.node, { tasks: counts ? 1 : 0, reserved });
}
