import { isRetired } from '../history/retire.ts';
import { countsOnNode } from '../plan/demand.ts';
import type { StoreEvent } from '../ports/store.ts';
import { couldTake, type Awaited } from '../schedule/awaited.ts';
import type { NodeIndex } from '../schedule/node-index.ts';

/** Services with tasks that no node could take, and what each waits for: so that a change wakes those alone that it serves. */
export class Pending {
  readonly #waiting = new Map<string, readonly Awaited[]>();

  /** What the last pass of a service left waiting; nothing: it waits for no node. */
  set(service: string, awaited: readonly Awaited[]): void {
    if (awaited.length === 0) this.#waiting.delete(service);
    else this.#waiting.set(service, awaited);
  }

  /** Keys of the services that wait for certain nodes: those of their data, or global ones. */
  ofCertainNodes(): string[] {
    return [...this.#waiting].filter(([, awaited]) => awaited.some(({ nodes }) => nodes !== undefined)).map(([service]) => service);
  }

  /** Keys of the services that wait for what this node has now. */
  servedBy(node: string, index: NodeIndex): string[] {
    return [...this.#waiting].filter(([, awaited]) => awaited.some((each) => couldTake(index, node, each))).map(([service]) => service);
  }
}

/** The node on which a task ended, or from which it went: there may be room now for one that waits. */
export function roomierNode({ type, object, previous }: StoreEvent): string | undefined {
  if (object.kind !== 'Task' || previous?.kind !== 'Task') return undefined;
  const isLess = type === 'DELETED' || (countsOnNode(previous) && !countsOnNode(object)) || (!isRetired(previous) && isRetired(object));
  return isLess ? object.spec.node : undefined;
}
