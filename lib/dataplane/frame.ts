import { hasCode } from '../errors/error.ts';
import * as safe from './escape.ts';
import { MESH_PORT } from './constants.ts';
import type { Served, ServedNetwork, ServedNode } from './model.ts';
import type { PlaneFrame, PlaneNetwork, PlanePeer, PlaneRefusal } from './state.ts';

/** What a node needs to know beside services. A node or network that cannot be written is left out, and told. */
export function frameOf(served: Served, self: ServedNode): { frame: PlaneFrame; refused: PlaneRefusal[] } {
  const refused: PlaneRefusal[] = [];
  const nodes = keep(served.nodes, (node) => `Node/${node.name}`, checkNode, refused);
  const own = nodes.find(({ name }) => name === self.name) ?? { name: safe.nodeName(self.name) };
  const networks = keep(served.networks, keyOf, checkNetwork, refused);
  const others = nodes.filter(({ name }) => name !== self.name);
  const joined = networks.flatMap((network) => networkOf(network, own, others) ?? []);
  const frame = {
    node: own.name,
    networks: joined,
    subnets: networks.map(({ subnet }) => subnet),
    peers: own.publicKey === undefined ? [] : others.flatMap((other) => peerOf(other, networks) ?? []),
    alone: served.nodes.length === 1,
    ...vxlanOf(joined, own, others),
    nodes: nodes.flatMap(({ name, address }) => (address === undefined || address.includes(':') ? [] : [{ name, address }])),
  };
  return { frame, refused };
}

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

function networkOf(network: ServedNetwork, own: ServedNode, others: readonly ServedNode[]): PlaneNetwork | undefined {
  const part = network.nodes[own.name];
  if (part === undefined) return undefined;
  const { namespace, name, bridge, vipSubnet, internal, backend } = network;
  const remote = others.flatMap((other) => {
    const theirs = network.nodes[other.name];
    return theirs === undefined || !reaches(network, own, other) ? [] : [{ ...theirs, backend, node: other.name }];
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

/** One of two must be able to dial the other; vxlan needs the addresses of both. */
function reaches({ driver, backend }: ServedNetwork, own: ServedNode, other: ServedNode): boolean {
  if (driver === 'bridge') return false;
  if (backend === 'vxlan') return isIpv4(own.address) && isIpv4(other.address);
  const keys = own.publicKey !== undefined && other.publicKey !== undefined;
  return keys && (own.address !== undefined || other.address !== undefined);
}

function isIpv4(address: string | undefined): boolean {
  return address !== undefined && !address.includes(':');
}

function peerOf(node: ServedNode, networks: readonly ServedNetwork[]): PlanePeer | undefined {
  const { name, publicKey, address } = node;
  if (publicKey === undefined) return undefined;
  const subnets = networks.flatMap((network) => {
    const part = network.nodes[name];
    return part === undefined || network.driver === 'bridge' || network.backend === 'vxlan' ? [] : [part.subnet];
  });
  return { publicKey, subnets, ...(address === undefined ? {} : { endpoint: safe.endpoint(address, MESH_PORT) }) };
}

function vxlanOf(networks: readonly PlaneNetwork[], own: ServedNode, others: readonly ServedNode[]): Pick<PlaneFrame, 'vxlan'> {
  const used = new Set(networks.flatMap(({ remote }) => remote.flatMap(({ backend, node }) => (backend === 'vxlan' ? [node] : []))));
  if (used.size === 0 || own.address === undefined) return {};
  const peers = others.flatMap(({ name, address }) => (used.has(name) && address !== undefined ? [[name, address] as const] : []));
  return { vxlan: { own: own.address, peers: Object.fromEntries(peers) } };
}
