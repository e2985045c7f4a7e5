import { hasCode } from '../errors/error.ts';
import { allocateNode, allocateVip } from '../ipam/allocate.ts';
import { contains, parseAddress, parseSubnet } from '../ipam/subnet.ts';
import type { NetworkAddress, NetworkNode } from '../types/generated.ts';

export interface Grants<T> {
  given: T[];
  /** Names that got nothing, and why. */
  refused: string[];
  message?: string;
}

/** A part of the subnet for each node: what was given stays, what gone nodes had is free. In order of the nodes' names. */
export function grantNodes(subnet: string, nodes: readonly string[], before: readonly NetworkNode[]): Grants<NetworkNode> {
  const wanted = new Set(nodes);
  const kept = before.filter((part) => wanted.has(part.node) && isWithin(subnet, part.subnet));
  const taken = new Set(kept.map((part) => part.subnet));
  const known = new Set(kept.map((part) => part.node));
  const fresh = grant(
    nodes.filter((node) => !known.has(node)),
    (node) => {
      const part = { node, ...allocateNode(subnet, [...taken]) };
      taken.add(part.subnet);
      return part;
    },
  );
  return { ...fresh, given: [...kept, ...fresh.given].sort((a, b) => (a.node < b.node ? -1 : 1)) };
}

/** A virtual address for each service, in the order given: what was given stays, what gone services had is free. */
export function grantAddresses(
  networkAndVips: { subnet: string; vipSubnet: string },
  services: readonly string[],
  before: readonly NetworkAddress[],
): Grants<NetworkAddress> {
  const { subnet, vipSubnet } = networkAndVips;
  const wanted = new Set(services);
  const kept = before.filter((each) => wanted.has(each.service) && isWithin(vipSubnet, each.address));
  const taken = new Set(kept.map((each) => each.address));
  const known = new Set(kept.map((each) => each.service));
  const fresh = grant(
    services.filter((service) => !known.has(service)),
    (service) => {
      const address = allocateVip(subnet, taken);
      taken.add(address);
      return { service, address };
    },
  );
  return { ...fresh, given: [...kept, ...fresh.given].sort((a, b) => (a.service < b.service ? -1 : 1)) };
}

/** Once one finds nothing free, none after it would. */
function grant<T>(names: readonly string[], give: (name: string) => T): Grants<T> {
  const given: T[] = [];
  for (const [index, name] of names.entries()) {
    try {
      given.push(give(name));
    } catch (error) {
      if (!hasCode(error, 'DSW_NETWORK_EXHAUSTED')) throw error;
      return { given, refused: names.slice(index), message: error.message };
    }
  }
  return { given, refused: [] };
}

function isWithin(outer: string, text: string): boolean {
  const range = parseSubnet(outer);
  const address = parseAddress(text);
  const inner = address === undefined ? parseSubnet(text) : { base: address, prefix: 32 };
  return range !== undefined && inner !== undefined && contains(range, inner);
}
