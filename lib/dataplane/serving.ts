import { LABELS, namespaceOf } from '../plan/names.ts';
import type { StoredTask } from '../types/objects.ts';
import type { NodeObservation, ObservedContainer, PlacedContainer } from '../types/observation.ts';
import { addressIn } from '../network/attachments.ts';

/** What is seen of nodes, for asking all tasks of a service. */
export interface Sight {
  /** Undefined: nothing is known of the node now. */
  node: (name: string) => NodeObservation | undefined;
  /** Of a node that is known, by name of the Task object. */
  container: (node: string, task: string) => ObservedContainer | undefined;
}

/** Of containers that were seen on nodes. Twins and nodes that were not read since they came back are not known. */
export function sightOf(observation: (node: string) => NodeObservation | undefined, placed: Iterable<PlacedContainer>): Sight {
  const containers = new Map<string, ObservedContainer>();
  for (const { node, container } of placed) {
    const task = container.labels[LABELS.task];
    if (task !== undefined) containers.set(`${node}/${task}`, container);
  }
  const known = (name: string): NodeObservation | undefined => {
    const seen = observation(name);
    return seen?.state === 'Ready' && seen.listed ? seen : undefined;
  };
  return { node: known, container: (node, task) => (known(node) === undefined ? undefined : containers.get(`${node}/${task}`)) };
}

/**
 * Whether a task is fit for new connections, by what is seen of it now and not by what was last written down: that takes a pass more. While
 * it is doubted it gets none: it takes an engine some 100 ms after an end to tell it when asked. Of a node that does not answer what was
 * written down holds, for it may well serve (invariant 4), until it is given up.
 */
export function isFit(task: StoredTask, sight: Sight, down: ReadonlySet<string>): boolean {
  const { state, lastKnownState, retiredAt } = task.status ?? {};
  if (retiredAt !== undefined || down.has(task.spec.node)) return false;
  const node = sight.node(task.spec.node);
  if (node === undefined) return state === 'Running' || (state === 'Unknown' && lastKnownState === 'Running');
  const container = sight.container(task.spec.node, task.metadata.name);
  if (container === undefined || node.doubted.has(container.id)) return false;
  return container.state === 'running' && (container.health === undefined || container.health === 'healthy');
}

/** A task's address in each of its networks: as the engine tells, else as it was given. */
export function addressesOf(task: StoredTask, sight: Sight): Readonly<Record<string, string>> {
  const given = task.spec.addresses ?? {};
  const seen = sight.container(task.spec.node, task.metadata.name)?.networks;
  if (seen === undefined) return given;
  const names = task.spec.networks ?? [];
  return Object.fromEntries(
    names.flatMap((name) => {
      const address = addressIn(seen, namespaceOf(task), name);
      return address === undefined || address === '' ? [] : [[name, address] as const];
    }),
  );
}
