import type { ServiceDemand } from '../../lib/schedule/filters.ts';
import { NodeBook } from '../../lib/schedule/node-book.ts';
import type { NodeFacts } from '../../lib/schedule/node-facts.ts';
import { NodeIndex } from '../../lib/schedule/node-index.ts';
import type { Placement } from '../../lib/schedule/placing.ts';
import { NO_RESOURCES, type Resources } from '../../lib/schedule/resources.ts';

/** A node, and what other services have on it. */
export interface LoadedFacts extends NodeFacts {
  tasks?: number;
  reserved?: Resources;
  usedPorts?: readonly string[];
}

export const facts = (name: string, changes: Partial<LoadedFacts> = {}): LoadedFacts => ({
  name,
  id: `id-${name}`,
  hostname: `${name}.test`,
  role: 'worker',
  os: 'linux',
  arch: 'x86_64',
  labels: {},
  engineLabels: {},
  ready: true,
  availability: 'active',
  ...changes,
});

export function indexOf(nodes: readonly LoadedFacts[]): NodeIndex {
  const index = new NodeIndex(nodes);
  for (const { name, tasks = 0, reserved = NO_RESOURCES, usedPorts = [] } of nodes) {
    index.addTask(name, reserved);
    index.removeTask(name);
    for (let task = 0; task < tasks; task++) index.addTask(name);
    index.bindPorts(name, 'Service/default/other', usedPorts);
  }
  return index;
}

/** A demand, and the tasks of the service that are there already, by node. */
export type Asked = ServiceDemand & { own?: Record<string, number> };

export function bookOf(nodes: readonly LoadedFacts[], { own, ...demand }: Asked): NodeBook {
  const book = new NodeBook(indexOf(nodes), demand);
  for (const [node, count] of Object.entries(own ?? {})) for (let task = 0; task < count; task++) book.holds(node);
  return book;
}

export const nameOf = (placement: Placement): string => ('node' in placement ? placement.node.name : placement.refused);

export function chosen(nodes: readonly LoadedFacts[], asked: Asked, preferred?: string): string {
  return nameOf(bookOf(nodes, asked).place(preferred));
}

/** How many of so many placements each node got. */
export function placeMany(nodes: readonly LoadedFacts[], asked: Asked, count: number): Record<string, number> {
  const book = bookOf(nodes, asked);
  const counts: Record<string, number> = {};
  for (let task = 0; task < count; task++) {
    const name = nameOf(book.place());
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
