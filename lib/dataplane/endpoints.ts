import type { StoredNode, StoredTask } from '../types/objects.ts';
import { sameJson } from '../types/same-json.ts';
import { MESH_PORT, VXLAN_PORT } from './constants.ts';
import type { Protocol, Served, ServedNetwork, ServedNode, ServedPort, ServedService, ServedTask } from './model.ts';
import { serviceKey } from './served.ts';

interface Named {
  metadata: { name: string; namespace?: string };
}

/** What of a Network object matters here. */
export interface NetworkSource extends Named {
  spec: { driver: 'mesh' | 'bridge'; internal: boolean; backend: 'wireguard' | 'vxlan' };
  status?: {
    subnet?: string;
    vipSubnet?: string;
    bridge?: string;
    nodes?: readonly { node: string; subnet: string; gateway: string }[];
    addresses?: readonly { service: string; address: string }[];
  };
}

/** What of a Service object matters here. */
export interface ServiceSource extends Named {
  spec: {
    endpointMode: 'vip' | 'dnsrr';
    networks?: readonly (string | { name: string; aliases?: readonly string[] })[];
    ports?: readonly { target: number; published?: number; protocol: Protocol; mode: 'ingress' | 'host'; ingress?: 'cluster' | 'local' }[];
  };
  status?: { ports?: readonly { target?: number; published?: number; protocol?: string; mode?: string }[] };
}

export interface ServeInput {
  services: readonly ServiceSource[];
  tasks: readonly StoredTask[];
  networks: readonly NetworkSource[];
  nodes: readonly StoredNode[];
  /** A node's data-plane address as an IP address, absent where nobody can dial in; and its key, as far as they are known. */
  endOf: (node: StoredNode) => Omit<ServedNode, 'name'>;
  /** Where a task is, by name of the network. */
  addressesOf: (task: StoredTask) => Readonly<Record<string, string>>;
  /** Whether a task is fit for new connections. */
  isServing: (task: StoredTask) => boolean;
  /** Tasks (namespace/name) that get no new connections, as they are about to be stopped. */
  withdrawn: ReadonlySet<string>;
}

/** The network of services that name none. */
const DEFAULT_NETWORK = 'default';

/**
 * What the cluster serves, out of its objects. Given what it served before, all that says the same is the same object, so that only the
 * rest is rendered anew. Given the keys (NAMESPACE/NAME) of the services that something changed about, the input needs only those and
 * their tasks, and all that is not a service is taken to be as before, but for nodes.
 */
export function serve(input: ServeInput, before?: Served, only?: ReadonlySet<string>): Served {
  const nodes = input.nodes.map((node) => ({ name: node.metadata.name, ...input.endOf(node) })).sort(byName);
  const services = servicesOf(input, before);
  if (before !== undefined && only !== undefined)
    return { nodes: settled(nodes, before.nodes), networks: before.networks, services: replaced(before.services, services, only) };
  const networks = input.networks.flatMap((network) => networkOf(network) ?? []).sort(byName);
  return { nodes: settled(nodes, before?.nodes), networks: settled(networks, before?.networks), services };
}

function servicesOf(input: ServeInput, before: Served | undefined): ServedService[] {
  const vips = virtualAddresses(input.networks);
  const tasks = tasksByService(input);
  const reserved = reservedPorts(input.nodes);
  const keys = new Set(input.services.map(keyOf));
  const known = new Map(before?.services.filter((one) => keys.has(serviceKey(one))).map((one) => [serviceKey(one), one]));
  return [...input.services].sort(byKey).map((source) => {
    const key = keyOf(source);
    return settled(serviceOf(source, vips, tasks.get(key) ?? [], reserved), known.get(key));
  });
}

/** All in their order: those whose keys are given anew, or gone. */
function replaced(before: readonly ServedService[], made: readonly ServedService[], keys: ReadonlySet<string>): ServedService[] {
  const by = new Map(made.map((one) => [serviceKey(one), one]));
  const kept = before.flatMap((one) => {
    const key = serviceKey(one);
    if (!keys.has(key)) return [one];
    const now = by.get(key);
    by.delete(key);
    return now === undefined ? [] : [now];
  });
  return by.size === 0 ? kept : [...kept, ...by.values()].sort((a, b) => compare(serviceKey(a), serviceKey(b)));
}

/** By network (NAMESPACE/NAME) and service. */
function virtualAddresses(networks: readonly NetworkSource[]): (network: string, service: string) => string | undefined {
  const sources = new Map(networks.map((network) => [keyOf(network), network]));
  const known = new Map<string, ReadonlyMap<string, string>>();
  return (network, service) => {
    const given = known.get(network) ?? new Map(sources.get(network)?.status?.addresses?.map((each) => [each.service, each.address]));
    known.set(network, given);
    return given.get(service);
  };
}

/** Ports that no service may take from the hosts, as `22/tcp`: the controller itself comes in by them, or the mesh does. */
export function reservedPorts(nodes: readonly StoredNode[]): ReadonlySet<string> {
  const engines = nodes.flatMap(({ spec }) => /^tcp:\/\/.*:([0-9]+)$/.exec(spec.docker.socket)?.[1] ?? []);
  const ways = nodes.flatMap(({ spec }) => (spec.ssh === undefined ? [] : [String(spec.ssh.port)]));
  return new Set([...[...engines, ...ways].map((port) => `${port}/tcp`), `${String(MESH_PORT)}/udp`, `${String(VXLAN_PORT)}/udp`]);
}

function networkOf({ metadata, spec, status = {} }: NetworkSource): ServedNetwork | undefined {
  const { subnet, vipSubnet, bridge, nodes = [] } = status;
  if (subnet === undefined || vipSubnet === undefined || bridge === undefined) return undefined;
  const parts = Object.fromEntries(nodes.map(({ node, subnet: part, gateway }) => [node, { subnet: part, gateway }]));
  const { driver, internal, backend } = spec;
  return { namespace: namespaceOf({ metadata }), name: metadata.name, bridge, subnet, vipSubnet, internal, driver, backend, nodes: parts };
}

function tasksByService({ tasks, addressesOf, isServing, withdrawn }: ServeInput): Map<string, ServedTask[]> {
  const found = new Map<string, ServedTask[]>();
  for (const task of tasks) {
    if (!isServing(task) || withdrawn.has(keyOf(task))) continue;
    const key = `${namespaceOf(task)}/${task.spec.service}`;
    const { slot, node } = task.spec;
    const one = { name: task.metadata.name, slot, node, addresses: addressesOf(task) };
    const others = found.get(key);
    if (others === undefined) found.set(key, [one]);
    else others.push(one);
  }
  return found;
}

function serviceOf(
  { metadata, spec, status }: ServiceSource,
  vips: (network: string, service: string) => string | undefined,
  tasks: ServedTask[],
  reserved: ReadonlySet<string>,
): ServedService {
  const asked = spec.networks === undefined || spec.networks.length === 0 ? [DEFAULT_NETWORK] : spec.networks;
  const networks = asked.map((network) => {
    const { name, aliases = [] } = typeof network === 'string' ? { name: network } : network;
    const vip = spec.endpointMode === 'vip' ? vips(`${namespaceOf({ metadata })}/${name}`, metadata.name) : undefined;
    return { network: name, aliases, ...(vip === undefined ? {} : { vip }) };
  });
  const ports = (status?.ports ?? []).flatMap((port) => portOf(port, spec.ports ?? []) ?? []);
  return {
    namespace: namespaceOf({ metadata }),
    name: metadata.name,
    networks,
    ports: ports.filter(({ protocol, published }) => !reserved.has(`${String(published)}/${protocol}`)),
    tasks: tasks.sort(byName),
  };
}

type StatusPort = NonNullable<NonNullable<ServiceSource['status']>['ports']>[number];

function portOf(
  { target, published, protocol, mode }: StatusPort,
  asked: NonNullable<ServiceSource['spec']['ports']>,
): ServedPort | undefined {
  if (mode !== 'ingress' || target === undefined || published === undefined) return undefined;
  const fits = asked.filter((port) => port.mode === 'ingress' && port.target === target && port.protocol === protocol);
  const one = fits.find((port) => port.published === published) ?? fits.find((port) => port.published === undefined);
  return one === undefined ? undefined : { protocol: one.protocol, target, published, policy: one.ingress ?? 'cluster' };
}

function settled<T>(made: T, before: T | undefined): T {
  return before !== undefined && sameJson(made, before) ? before : made;
}

function namespaceOf({ metadata }: Named): string {
  return metadata.namespace ?? 'default';
}

function keyOf(object: Named): string {
  return `${namespaceOf(object)}/${object.metadata.name}`;
}

function byKey(a: Named, b: Named): number {
  return compare(keyOf(a), keyOf(b));
}

function byName(a: { name: string; namespace?: string }, b: { name: string; namespace?: string }): number {
  return compare(`${a.namespace ?? ''}/${a.name}`, `${b.namespace ?? ''}/${b.name}`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
