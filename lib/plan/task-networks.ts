import { createHash } from 'node:crypto';
import { CONTAINER_MTU, MESH_INTERFACE, VXLAN_INTERFACE } from '../dataplane/constants.ts';
import { formatAddress, parseSubnet, sizeOf } from '../ipam/subnet.ts';
import { attachmentsOf, engineNetworkName } from '../network/attachments.ts';
import type { ContainerConfig, EndpointConfig, NetworkConfig } from '../ports/docker.ts';
import type { NetworkNode, TaskSpec } from '../types/generated.ts';
import type { StoredNetwork, StoredService } from '../types/objects.ts';
import { LABELS, namespaceOf } from './names.ts';
import type { TaskAssignment } from './step.ts';

/** A network as one node has it. */
export interface NodeNetwork {
  name: string;
  /** What the engine is to have. */
  engine: NetworkConfig;
}

/** The networks of a service's tasks on a node; or why they are not there yet. */
export type NodeNetworks = (node: string) => readonly NodeNetwork[] | { waits: string };

/** By which packets of other nodes come in. */
const TRUSTED = `${MESH_INTERFACE}:${VXLAN_INTERFACE}`;
const BRIDGE_NAME = 'com.docker.network.bridge.name';

/** `networks`: those of the service's namespace. */
export function nodeNetworks(service: StoredService, networks: readonly StoredNetwork[], cluster: string): NodeNetworks {
  const known = new Map(networks.map((network) => [network.metadata.name, network]));
  const joined = attachmentsOf(service.spec).map(({ name }) => {
    const network = known.get(name);
    return { name, network, parts: new Map(network?.status?.nodes?.map((part) => [part.node, part])) };
  });
  return (node) => {
    const found: NodeNetwork[] = [];
    for (const { name, network, parts } of joined) {
      const engine = network === undefined ? undefined : engineNetworkOf(network, parts.get(node), cluster);
      if (engine === undefined) return { waits: whyNot(name, network, node) };
      found.push({ name, engine });
    }
    return found;
  };
}

function whyNot(name: string, network: StoredNetwork | undefined, node: string): string {
  if (network === undefined) return `there is no network ${name} in the namespace`;
  const { message } = network.status ?? {};
  return `network ${name} has no addresses on node ${node} yet${message === undefined ? '' : `: ${message}`}`;
}

/** What an engine is to have of a network; undefined: its node has not been given a part yet. */
export function engineNetwork(network: StoredNetwork, node: string, cluster: string): NetworkConfig | undefined {
  const part = network.status?.nodes?.find((one) => one.node === node);
  return engineNetworkOf(network, part, cluster);
}

function engineNetworkOf(network: StoredNetwork, part: NetworkNode | undefined, cluster: string): NetworkConfig | undefined {
  const namespace = namespaceOf(network);
  const { bridge, subnet } = network.status ?? {};
  if (part === undefined || bridge === undefined || subnet === undefined) return undefined;
  return {
    name: engineNetworkName(namespace, network.metadata.name, network.spec),
    labels: {
      [LABELS.managed]: 'true',
      [LABELS.cluster]: cluster,
      [LABELS.namespace]: namespace,
      [LABELS.network]: network.metadata.name,
    },
    subnet,
    range: part.subnet,
    gateway: part.gateway,
    options: {
      [BRIDGE_NAME]: bridge,
      'com.docker.network.bridge.enable_ip_masquerade': 'false',
      // Engines of 28.2 and later drop what comes to a container by another interface than its bridge.
      'com.docker.network.bridge.trusted_host_interfaces': TRUSTED,
      'com.docker.network.driver.mtu': String(CONTAINER_MTU),
    },
  };
}

/** Whether an engine's network serves as the wanted one: options that change with versions of dswarm do not count, its tasks would have to go. */
export function servesAs(
  present: { subnet?: string; gateway?: string; options: Readonly<Record<string, string>> },
  wanted: NetworkConfig,
): boolean {
  const { subnet, gateway, options } = present;
  return subnet === wanted.subnet && gateway === wanted.gateway && options[BRIDGE_NAME] === wanted.options[BRIDGE_NAME];
}

/** By node and network (`h1/NAMESPACE/NAME`): the addresses that tasks have. */
export type TakenAddresses = (node: string, network: string) => ReadonlySet<string>;

/** What a plan knows of networks. */
export interface PlanNetworks {
  of: NodeNetworks;
  taken: TakenAddresses;
  /** The same of containers that nobody here may know of, by node and the engine's name of the network, as last seen: they may be gone. */
  seen: TakenAddresses;
  /** Tasks of the namespace that are strays in one of the service's networks, by node (see Strays). */
  strays: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface AttachedTask {
  target: TaskAssignment;
  networks: readonly NodeNetwork[];
}

/** A new task with its networks and addresses; `others`: those that the same plan has made before it. */
export function attachTask(
  target: TaskAssignment,
  { of, taken, seen }: PlanNetworks,
  others: readonly TaskAssignment[],
): AttachedTask | { waits: string } {
  const { namespace, name, spec } = target;
  const networks = of(spec.node);
  if ('waits' in networks) return networks;
  const beside = others.filter((other) => other.spec.node === spec.node);
  const all: TakenAddresses = (node, network) => {
    const own = beside.flatMap((other) => other.spec.addresses?.[network.slice(namespace.length + 1)] ?? []);
    return new Set([...taken(node, network), ...own]);
  };
  const given = giveAddresses({ name, node: spec.node, namespace }, networks, { taken: all, seen });
  return 'waits' in given ? given : { target: { ...target, spec: { ...spec, ...given } }, networks };
}

/** The networks of a task that was made before, as its node has them now. */
export function networksOf(spec: TaskSpec, networks: PlanNetworks | undefined): readonly NodeNetwork[] | { waits: string } {
  if (spec.networks === undefined || networks === undefined) return [];
  const found = networks.of(spec.node);
  return 'waits' in found ? found : found.filter(({ name }) => spec.networks?.includes(name));
}

/**
 * An address for a task in each of its networks. It stays the same while the container lives, over restarts of it and of its host; where
 * a search for it begins differs from task to task, so that an address is not given to the next task as soon as it is free.
 */
function giveAddresses(
  task: { name: string; node: string; namespace: string },
  networks: readonly NodeNetwork[],
  { taken, seen }: Pick<PlanNetworks, 'taken' | 'seen'>,
): Pick<TaskSpec, 'networks' | 'addresses'> | { waits: string } {
  const addresses: Record<string, string> = {};
  for (const { name, engine } of networks) {
    const ours = taken(task.node, `${task.namespace}/${name}`);
    const all = new Set([...ours, ...seen(task.node, engine.name)]);
    const address = freeAddress(engine.range, all, task.name) ?? freeAddress(engine.range, ours, task.name);
    if (address === undefined) return { waits: `no address of ${engine.range} is free for it in network ${name} on node ${task.node}` };
    addresses[name] = address;
  }
  return { networks: networks.map(({ name }) => name), addresses };
}

/** Neither the subnet's own address, nor the gateway's, nor the broadcast address. */
function freeAddress(text: string, taken: ReadonlySet<string>, name: string): string | undefined {
  const subnet = parseSubnet(text);
  if (subnet === undefined) return undefined;
  const count = sizeOf(subnet.prefix) - 3;
  const start = createHash('sha256').update(name).digest().readUInt32BE() % count;
  for (let index = 0; index < count; index += 1) {
    const address = formatAddress(subnet.base + 2 + ((start + index) % count));
    if (!taken.has(address)) return address;
  }
  return undefined;
}

export interface Connections {
  /** The first network stands in the body of the create call. */
  config: ContainerConfig;
  /** The others, by the engine's name. */
  connect?: Record<string, EndpointConfig>;
}

/** Puts a container into the task's networks: their resolvers come before those that the service names. */
export function attachTo(
  config: ContainerConfig,
  networks: readonly NodeNetwork[],
  addresses: Readonly<Record<string, string>>,
): Connections {
  const [first, ...others] = networks;
  if (first === undefined) return { config };
  const endpoint = ({ name }: NodeNetwork): EndpointConfig => {
    const address = addresses[name];
    return address === undefined ? {} : { IPAMConfig: { IPv4Address: address } };
  };
  const Dns = [...networks.map(({ engine }) => engine.gateway), ...(config.HostConfig.Dns ?? [])];
  const attached = {
    ...config,
    HostConfig: { ...config.HostConfig, NetworkMode: first.engine.name, Dns },
    NetworkingConfig: { EndpointsConfig: { [first.engine.name]: endpoint(first) } },
  };
  if (others.length === 0) return { config: attached };
  return { config: attached, connect: Object.fromEntries(others.map((one) => [one.engine.name, endpoint(one)])) };
}
