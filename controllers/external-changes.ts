import { addressIn } from '../lib/network/attachments.ts';
import { isControllers } from '../lib/restart/policy.ts';
import { endOf, lastState, wasToGo, type TaskView } from '../lib/plan/task-view.ts';
import type { EventSink } from '../lib/ports/events.ts';
import { serviceKeyOf } from '../lib/runtime/task-index.ts';
import { parseRefKey, type StoredService, type StoredTask } from '../lib/types/objects.ts';
import type { ObservedContainer } from '../lib/types/observation.ts';

/** Task states in which its container was there and meant to stay. */
const UP: ReadonlySet<string | undefined> = new Set(['Created', 'Ready', 'Starting', 'Running', 'Restarting']);

/** Tells of what people did by hand to containers that are ours, each thing once. What is to be mended is the planner's matter. */
export class ExternalChanges {
  readonly #events: EventSink;
  /** How the containers of a service differ from what they were made as, as far as it was told, by id. */
  readonly #told = new Map<string, ReadonlyMap<string, ReadonlySet<string>>>();

  constructor(events: EventSink) {
    this.#events = events;
  }

  /** What the tasks of a service show. */
  tell(key: string, service: StoredService | undefined, tasks: readonly TaskView[]): void {
    if (service !== undefined)
      for (const task of tasks) {
        const what = whatHappened(task, service);
        if (what !== undefined) this.#emit(key, `container ${task.spec.containerName} on ${task.spec.node} was ${what}`);
      }
    this.#tellDifferences(key, service === undefined ? [] : tasks);
  }

  /** `docker update` changed what a container may use: no list shows that. */
  tellUpdate(key: string, node: string, { name }: ObservedContainer): void {
    const message = `container ${name} on ${node} was updated by somebody else: it is no longer what its spec says; dswarm rollout restart makes it anew`;
    this.#emit(key, message);
  }

  /** What was undone by hand, too, is told again when it is done again. Of containers that are gone nothing is kept. */
  #tellDifferences(key: string, tasks: readonly TaskView[]): void {
    const before = this.#told.get(key);
    const told = new Map<string, ReadonlySet<string>>();
    for (const task of tasks) {
      const { spec, container } = task;
      const differences = container === undefined ? [] : findDifferences(task, container);
      if (container === undefined || differences.length === 0) continue;
      const known = before?.get(container.id);
      for (const difference of differences)
        if (known?.has(difference) !== true) this.#emit(key, `container ${spec.containerName} on ${spec.node} was ${difference}`);
      told.set(container.id, new Set(differences));
    }
    if (told.size === 0) this.#told.delete(key);
    else this.#told.set(key, told);
  }

  /** Of data that is lost: the next task that wants it begins with an empty volume. `removed`: some may be there again. */
  tellVolumes({ removed, present }: { removed: readonly string[]; present: readonly string[] }, tasks: readonly StoredTask[]): void {
    const told = new Set<string>();
    for (const task of tasks) {
      const { node, volumes = [] } = task.spec;
      // One that had a container had its volumes.
      const had = endOf(task) === undefined && UP.has(lastState(task)) && task.status?.containerId !== undefined;
      for (const volume of volumes) {
        const key = serviceKeyOf(task);
        if (told.has(`${key} ${volume}`) || !(removed.includes(volume) || (had && !present.includes(volume)))) continue;
        told.add(`${key} ${volume}`);
        this.#emit(key, `volume ${volume} on ${node} was removed by somebody else: what it held is lost, and it is made anew, empty`);
      }
    }
  }

  #emit(key: string, message: string): void {
    this.#events.emit(parseRefKey(key), 'Warning', 'ExternalChange', message);
  }
}

/** What lists show of it, and nobody but a person does; it is left as it is. */
function findDifferences({ spec, namespace }: TaskView, container: ObservedContainer): string[] {
  const { name, state, networks = {} } = container;
  const left = state === 'running' ? (spec.networks ?? []).filter((each) => addressIn(networks, namespace, each) === undefined) : [];
  return [
    ...(name === spec.containerName ? [] : [`renamed to ${name} by somebody else: it is known by its labels, and kept`]),
    ...(state === 'paused' ? ['paused by somebody else: it does nothing until docker unpause'] : []),
    ...left.map((each) => `taken out of network ${each} by somebody else: nothing reaches it there; remove it, and it is made again`),
  ];
}

/** By the record as it was before this pass: only what has just changed is news. */
function whatHappened(task: TaskView, service: StoredService): string | undefined {
  const { record, container } = task;
  if (endOf(record) !== undefined || wasToGo(record)) return undefined;
  const isUp = UP.has(record?.status?.state);
  // An engine takes a while to remove a container that runs: it is seen on its way out.
  if (task.phase === 'gone' && (isUp || record?.status?.state === 'Stopping')) return 'removed by somebody else; it is made again';
  return isUp && isStopped(container, service) ? 'stopped by somebody else; it is replaced' : undefined;
}

/** An engine that is to restart it always does, but for a container that was stopped by hand. */
function isStopped(container: ObservedContainer | undefined, { spec: { restart } }: StoredService): boolean {
  return container?.state === 'exited' && restart.condition === 'any' && !isControllers(restart);
}
