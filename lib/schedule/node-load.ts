import { addResources, NO_RESOURCES, type Resources } from './resources.ts';

/** Host ports (`8080/tcp`) in use on a node, each with the services that use it and by how many tasks. */
export type PortUsers = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** What is counted on one node. */
export interface CountedLoad {
  /** Tasks of all services. */
  tasks: number;
  /** Kept for them. */
  reserved: Resources;
  ports: PortUsers;
}

const NO_PORTS: PortUsers = new Map();

export function emptyLoad(): CountedLoad {
  return { tasks: 0, reserved: NO_RESOURCES, ports: NO_PORTS };
}

export function isEmptyLoad({ tasks, reserved, ports }: CountedLoad): boolean {
  return tasks === 0 && reserved.nanoCpus === 0 && reserved.memoryBytes === 0 && ports.size === 0;
}

export function countTask(load: CountedLoad, by: 1 | -1, reserves: Resources): void {
  load.tasks += by;
  if (reserves.nanoCpus !== 0 || reserves.memoryBytes !== 0) load.reserved = addResources(load.reserved, reserves, by);
}

/** With one user of each port more or less. */
export function countPorts(ports: PortUsers, service: string, of: readonly string[], by: 1 | -1): PortUsers {
  const next = new Map(ports);
  for (const port of of) {
    const users = new Map(next.get(port));
    const count = (users.get(service) ?? 0) + by;
    if (count > 0) users.set(service, count);
    else users.delete(service);
    if (users.size > 0) next.set(port, users);
    else next.delete(port);
  }
  return next;
}

/** Whether another service than this one uses the port. */
export function usedByOthers(ports: PortUsers, port: string, service: string | undefined): boolean {
  const users = ports.get(port);
  if (users === undefined) return false;
  return users.size > 1 || service === undefined || !users.has(service);
}
