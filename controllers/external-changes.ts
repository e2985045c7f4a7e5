import { isControllers } from '../lib/restart/policy.ts';
import { endOf, wasToGo, type TaskView } from '../lib/plan/task-view.ts';
import type { EventSink } from '../lib/ports/events.ts';
import { parseRefKey, type StoredService } from '../lib/types/objects.ts';
import type { ObservedContainer } from '../lib/types/observation.ts';

/** Task states in which its container was there and meant to stay. */
const UP: ReadonlySet<string | undefined> = new Set(['Created', 'Ready', 'Starting', 'Running', 'Restarting']);

/** Tells of what people did by hand to containers that are ours, each thing once. What is to be mended is the planner's matter. */
export class ExternalChanges {
  readonly #events: EventSink;
  /** Names that containers were given, by id. */
  readonly #renamed = new Map<string, string>();

  constructor(events: EventSink) {
    this.#events = events;
  }

  /** What the tasks of a service show. */
  tell(key: string, service: StoredService | undefined, tasks: readonly TaskView[]): void {
    if (service === undefined) return;
    for (const task of tasks) {
      const what = whatHappened(task, service);
      if (what !== undefined) this.#emit(key, `container ${task.spec.containerName} on ${task.spec.node} was ${what}`);
      this.#tellName(key, task);
    }
  }

  /** `docker update` changed what a container may use: no list shows that. */
  tellUpdate(key: string, node: string, { name }: ObservedContainer): void {
    const message = `container ${name} on ${node} was updated by somebody else: it is no longer what its spec says; dswarm rollout restart makes it anew`;
    this.#emit(key, message);
  }

  #tellName(key: string, { spec, container }: TaskView): void {
    if (container === undefined || this.#renamed.get(container.id) === container.name) return;
    if (container.name === spec.containerName) return void this.#renamed.delete(container.id);
    this.#renamed.set(container.id, container.name);
    this.#emit(
      key,
      `container ${spec.containerName} on ${spec.node} was renamed to ${container.name} by somebody else: it is known by its labels, and kept`,
    );
  }

  #emit(key: string, message: string): void {
    this.#events.emit(parseRefKey(key), 'Warning', 'ExternalChange', message);
  }
}

/** By the record as it was before this pass: only what has just changed is news. */
function whatHappened(task: TaskView, service: StoredService): string | undefined {
  const { record, container } = task;
  if (!UP.has(record?.status?.state) || endOf(record) !== undefined || wasToGo(record)) return undefined;
  if (task.phase === 'gone') return 'removed by somebody else; it is made again';
  // An engine that is to restart it always does, but for a container that was stopped by hand.
  const { restart } = service.spec;
  const isStopped = container?.state === 'exited' && restart.condition === 'any' && !isControllers(restart);
  return isStopped ? 'stopped by somebody else; it is replaced' : undefined;
}
