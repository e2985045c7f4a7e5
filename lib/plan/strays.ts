import { holdsAddress, parseSubnet } from '../ipam/subnet.ts';
import { addressIn } from '../network/attachments.ts';
import { countsOnNode } from './demand.ts';
import { isRunning } from './chain.ts';
import type { StoredNetwork, StoredTask } from '../types/objects.ts';
import { networksOf, type PlanNetworks } from './task-networks.ts';
import { isLive, type TaskView } from './task-view.ts';

/** Tasks whose addresses are of no part that their node has of a network now: a node that left and came back may have been given another. */
export interface Strays {
  /** Why nothing leads to a task of the service, by name. */
  why: ReadonlyMap<string, string>;
  /** By node: names of the running tasks, of this service or others, for which its engine must keep a network as it was. */
  holding: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Of its own tasks a service knows better than their records how they stand. */
export function findStrays(tasks: readonly TaskView[], networks: PlanNetworks | undefined): Strays {
  if (networks === undefined) return { why: new Map(), holding: new Map() };
  const found = tasks.flatMap((task) => {
    const why = strayReason(task, networks);
    return why === undefined ? [] : [{ task, why }];
  });
  const own = new Set(tasks.map(({ name }) => name));
  const others = [...networks.strays].map(([node, names]) => [node, [...names].filter((name) => !own.has(name))] as const);
  const holding = new Map(others.flatMap(([node, names]) => (names.length === 0 ? [] : [[node, new Set(names)]])));
  for (const { task } of found.filter(({ task: each }) => isRunning(each)))
    holding.set(task.spec.node, (holding.get(task.spec.node) ?? new Set<string>()).add(task.name));
  return { why: new Map(found.filter(({ task }) => mayLeave(task)).map(({ task, why }) => [task.name, why])), holding };
}

function mayLeave(task: TaskView): boolean {
  return isLive(task) && task.phase !== 'complete' && task.phase !== 'unknown';
}

function strayReason({ namespace, spec, container }: TaskView, networks: PlanNetworks): string | undefined {
  const parts = networksOf(spec, networks);
  if ('waits' in parts) return undefined;
  for (const { name, engine } of parts) {
    const seen = addressIn(container?.networks ?? {}, namespace, name);
    const address = seen === undefined || seen === '' ? spec.addresses?.[name] : seen;
    if (isOutside(address, engine.range)) return `its address ${address ?? ''} is none of network ${name} on node ${spec.node} any more`;
  }
  return undefined;
}

/** Whether the task has a container, by its record, with an address in the network that its node's part does not hold. */
export function isStrayIn(task: StoredTask, { metadata, status }: StoredNetwork): boolean {
  if (!countsOnNode(task) || task.status?.containerId === undefined) return false;
  const part = status?.nodes?.find(({ node }) => node === task.spec.node);
  return part !== undefined && isOutside(task.spec.addresses?.[metadata.name], part.subnet);
}

function isOutside(address: string | undefined, part: string): boolean {
  const subnet = parseSubnet(part);
  return address !== undefined && subnet !== undefined && !holdsAddress(subnet, address);
}
