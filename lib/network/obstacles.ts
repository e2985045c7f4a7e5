import { overlaps, parseAddress, parseSubnet, type Subnet } from '../ipam/subnet.ts';
import type { StoredNode } from '../types/objects.ts';

/** Addresses that are not ours to give. */
export interface Obstacle {
  subnet: Subnet;
  /** `10.210.0.0/16 of the engine's network lab on node h1`. */
  what: string;
}

/** What hosts have of their own, as far as it is known: other networks of their engines, their routes, and the addresses that they are reached by. */
export function hostObstacles(nodes: readonly StoredNode[]): Obstacle[] {
  return nodes.flatMap((node) => {
    const { name } = node.metadata;
    const networks = (node.status?.subnets ?? []).flatMap(({ network, subnet }) =>
      obstacle(parseSubnet(subnet), `${subnet} of the engine's network ${network} on node ${name}`),
    );
    const routes = (node.status?.routes ?? []).flatMap((route) => obstacle(parseSubnet(route), `${route}, a route of node ${name}`));
    const address = node.spec.address ?? node.spec.ssh?.host ?? '';
    const base = parseAddress(address);
    return [
      ...networks,
      ...routes,
      ...obstacle(base === undefined ? undefined : { base, prefix: 32 }, `${address}, the address of node ${name}`),
    ];
  });
}

/** IPv6 is in nobody's way. */
function obstacle(subnet: Subnet | undefined, what: string): Obstacle[] {
  return subnet === undefined ? [] : [{ subnet, what }];
}

export function findOverlap(subnet: Subnet, obstacles: readonly Obstacle[]): Obstacle | undefined {
  return obstacles.find((each) => overlaps(each.subnet, subnet));
}
