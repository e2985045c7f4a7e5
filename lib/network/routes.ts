import { contains, formatSubnet, isPrivate, overlaps, parseAddress, parseSubnet, type Subnet } from '../ipam/subnet.ts';
import type { NodeSubnet } from '../types/generated.ts';
import type { StoredNode } from '../types/objects.ts';

/** A network takes at least so much: of several routes within it one is enough to keep clear of it. */
const NETWORK_PREFIX = 16;
/** A wider route leads to everything, as halves of a default route do, not to some private network. */
const WIDEST_PREFIX = 8;

/**
 * Of a host's routes those that a network of ours would cut off, or be cut off by: at most one for each private /16, and wider ones. Those
 * of the engine's own networks are told as such. What cannot be read is in nobody's way.
 */
export function routesInTheWay(routes: readonly string[], engine: readonly NodeSubnet[]): string[] {
  const told = new Set(engine.map(({ subnet }) => subnet));
  const found: Subnet[] = [];
  for (const route of routes
    .filter((text) => !told.has(text))
    .flatMap(readRoute)
    .sort(byWidth)) {
    const block = route.prefix > NETWORK_PREFIX ? { base: route.base - (route.base % 2 ** 16), prefix: NETWORK_PREFIX } : route;
    if (!found.some((other) => contains(other, route) || overlaps(other, block))) found.push(route);
  }
  return found.sort((a, b) => a.base - b.base).map(formatSubnet);
}

function readRoute(text: string): Subnet[] {
  const address = parseAddress(text);
  const route = address === undefined ? parseSubnet(text) : { base: address, prefix: 32 };
  return route === undefined || route.prefix < WIDEST_PREFIX || !isPrivate(route) ? [] : [route];
}

function byWidth(a: Subnet, b: Subnet): number {
  return a.prefix - b.prefix || a.base - b.base;
}

/** What must be known of hosts before a network gets a subnet; undefined: nothing more. */
export function awaitedOf(nodes: readonly StoredNode[]): string | undefined {
  if (nodes.length === 0) return 'a first node';
  const unheard = nodes.filter(isUnheard).map(({ metadata }) => metadata.name);
  return unheard.length === 0 ? undefined : `the routes of node ${unheard.join(', ')}`;
}

/**
 * Whether a node is about to tell its routes: it is being reached for the first time, or its data plane begins. One that is away, or whose
 * data plane fails, is not waited for.
 */
export function isUnheard({ status }: StoredNode): boolean {
  if (status?.routes !== undefined) return false;
  const network = status?.conditions?.find(({ type }) => type === 'NetworkReady');
  if (status?.state === 'Ready') return network?.status !== 'False';
  return status?.state === undefined || (status.state === 'Unknown' && status.unreachableSince === undefined);
}
