import type { ObservedContainer } from '../types/observation.ts';
import { sameJson } from '../types/same-json.ts';

export type Containers = ReadonlyMap<string, ObservedContainer>;

export interface ObservedChange {
  containers: Containers;
  /** Those that appeared, changed or vanished, as they are now or were last. */
  changed: ObservedContainer[];
}

/** What a full list says: it is the truth for all of them. */
export function applyList(before: Containers, list: readonly ObservedContainer[]): ObservedChange {
  const containers = new Map(list.map((container) => [container.id, keepDetails(before.get(container.id), container)]));
  return { containers, changed: difference(before, containers) };
}

/** What a list by ids says: it is the truth for those asked about, present or absent. */
export function applyRefresh(before: Containers, ids: readonly string[], list: readonly ObservedContainer[]): ObservedChange {
  const containers = new Map(before);
  for (const id of ids) containers.delete(id);
  for (const container of list) containers.set(container.id, keepDetails(before.get(container.id), container));
  return { containers, changed: difference(before, containers) };
}

/** More is known of one of them, which is as it was otherwise. */
export function applyOne(before: Containers, container: ObservedContainer): ObservedChange {
  return { containers: new Map(before).set(container.id, container), changed: [container] };
}

/** A list does not tell what an inspect does; while the container is in the same state, that still holds. */
function keepDetails(before: ObservedContainer | undefined, now: ObservedContainer): ObservedContainer {
  if (before === undefined || before.state !== now.state || before.exitCode !== now.exitCode) return now;
  const { ports: _ports, ...details } = before;
  return { ...details, ...now };
}

function difference(before: Containers, after: Containers): ObservedContainer[] {
  const changed: ObservedContainer[] = [];
  for (const [id, container] of after) {
    const previous = before.get(id);
    if (previous === undefined || !sameForUs(previous, container)) changed.push(container);
  }
  for (const [id, container] of before) if (!after.has(id)) changed.push(container);
  return changed;
}

function sameForUs(a: ObservedContainer, b: ObservedContainer): boolean {
  return (
    a.state === b.state &&
    a.health === b.health &&
    a.exitCode === b.exitCode &&
    a.name === b.name &&
    a.silent === b.silent &&
    a.address === b.address &&
    sameJson(a.networks, b.networks) &&
    sameJson(a.ports, b.ports) &&
    a.restartCount === b.restartCount
  );
}
