import { hasCode } from '../errors/error.ts';
import * as safe from './escape.ts';
import { MESH_PORT } from './constants.ts';
import type { Served, ServedNetwork, ServedNode } from './model.ts';
import { hopTo, isRelay, joins } from './ways.ts';
import type { PlaneFrame, PlaneNetwork, PlanePeer, PlaneRefusal } from './state.ts';

/** What a node needs to know beside services. A node or network that cannot be written is left out, and told. */
export function frameOf(served: Served, self: ServedNode): { frame: PlaneFrame; refused: PlaneRefusal[] } {
  const refused: PlaneRefusal[] = [];
  const nodes = keep(served.nodes, (node) => `Node/${node.name}`, checkNode, refused);
  const own = nodes.find(({ name }) => name === self.name) ?? { name: safe.nodeName(self.name) };
  const networks = keep(served.networks, keyOf, checkNetwork, refused);
  const others = nodes.filter(({ name }) => name !== self.name);
  const hops = new Map(others.map((other) => [other.name, hopTo(own, other, nodes)]));
  const joined = networks.flatMap((network) => networkOf(network, own, others, hops) ?? []);
  const frame = {
    node: own.name,
    networks: joined,
    subnets: networks.map(({ subnet }) => subnet),
    peers: peersOf(own, others, hops, networks),
    ...relayedOf(own, nodes, networks),
    alone: served.nodes.length === 1,
    ...vxlanOf(joined, own, others),
    nodes: nodes.flatMap(({ name, address }) => (address === undefined || address.includes(':') ? [] : [{ name, address }])),
  };
  return { frame, refused };
}

/** By node: the far end of the tunnel that leads there. */
type Hops = ReadonlyMap<string, ServedNode | undefined>;

function keep<T>(all: readonly T[], name: (one: T) => string, check: (one: T) => T, refused: PlaneRefusal[]): T[] {
  return all.flatMap((one) => {
    try {
      return [check(one)];
    } catch (error) {
      if (!hasCode(error, 'DSW_NETWORK_RENDER')) throw error;
      refused.push({ object: name(one), message: error.message });
      return [];
    }
  });
}

function checkNode(node: ServedNode): ServedNode {
  safe.nodeName(node.name);
  if (node.address !== undefined) safe.endpoint(node.address, MESH_PORT);
  if (node.publicKey !== undefined) safe.publicKey(node.publicKey);
  return node;
}

function keyOf({ namespace, name }: ServedNetwork): string {
  return `Network/${namespace}/${name}`;
}

function checkNetwork(network: ServedNetwork): ServedNetwork {
  safe.label(network.namespace);
  safe.label(network.name);
  safe.networkInterface(network.bridge);
  safe.subnet(network.subnet);
  safe.subnet(network.vipSubnet);
  for (const part of Object.values(network.nodes)) {
    safe.subnet(part.subnet);
    safe.address(part.gateway);
  }
  return network;
}

function networkOf(network: ServedNetwork, own: ServedNode, others: readonly ServedNode[], hops: Hops): PlaneNetwork | undefined {
  const part = network.nodes[own.name];
  if (part === undefined) return undefined;
  const { namespace, name, bridge, vipSubnet, internal, backend } = network;
  const remote = others.flatMap((other) => {
    const theirs = network.nodes[other.name];
    return theirs === undefined || !reaches(network, own, other, hops.get(other.name)) ? [] : [{ ...theirs, backend, node: other.name }];
  });
  return {
    namespace,
    name,
    bridge,
    subnet: part.subnet,
    gateway: part.gateway,
    networkSubnet: network.subnet,
    vipSubnet,
    internal,
    remote,
  };
}

/** vxlan needs the addresses of both. */
function reaches(network: ServedNetwork, own: ServedNode, other: ServedNode, hop: ServedNode | undefined): boolean {
  if (network.driver === 'mesh' && network.backend === 'vxlan') return isIpv4(own.address) && isIpv4(other.address);
  return joins(network, own, hop);
}

function isIpv4(address: string | undefined): boolean {
  return address !== undefined && !address.includes(':');
}

/** The ends of its tunnels, each with what lies behind it. */
function peersOf(own: ServedNode, others: readonly ServedNode[], hops: Hops, networks: readonly ServedNetwork[]): PlanePeer[] {
  const behind = new Map<string, ServedNode[]>();
  for (const other of others) {
    const hop = hops.get(other.name);
    if (hop !== undefined && hop !== other) behind.set(hop.name, [...(behind.get(hop.name) ?? []), other]);
  }
  return others.flatMap((end) => {
    const { name, publicKey, address } = end;
    if (publicKey === undefined || hops.get(name) !== end) return [];
    const joined = networks.filter((network) => joins(network, own, end));
    const subnets = [end, ...(behind.get(name) ?? [])].flatMap((node) => joined.flatMap(({ nodes }) => nodes[node.name]?.subnet ?? []));
    return [{ publicKey, subnets, ...(address === undefined ? {} : { endpoint: safe.endpoint(address, MESH_PORT) }) }];
  });
}

function relayedOf(own: ServedNode, nodes: readonly ServedNode[], networks: readonly ServedNetwork[]): Pick<PlaneFrame, 'relayed'> {
  if (!isRelay(own, nodes)) return {};
  return { relayed: networks.filter((network) => joins(network, own, own)).map(({ subnet }) => subnet) };
}

function vxlanOf(networks: readonly PlaneNetwork[], own: ServedNode, others: readonly ServedNode[]): Pick<PlaneFrame, 'vxlan'> {
  const used = new Set(networks.flatMap(({ remote }) => remote.flatMap(({ backend, node }) => (backend === 'vxlan' ? [node] : []))));
  if (used.size === 0 || own.address === undefined) return {};
  const peers = others.flatMap(({ name, address }) => (used.has(name) && address !== undefined ? [[name, address] as const] : []));
  return { vxlan: { own: own.address, peers: Object.fromEntries(peers) } };
}
