import { hasCode } from '../errors/error.ts';
import { allocateNetwork, vipRange, type Pool } from '../ipam/allocate.ts';
import { formatSubnet, isPrivate, overlaps, parseSubnet, type Subnet } from '../ipam/subnet.ts';
import type { Network, NetworkSpec } from '../types/generated.ts';
import { refKey, refOf, type StoredNetwork, type StoredService } from '../types/objects.ts';
import { findOverlap, type Obstacle } from './obstacles.ts';

/** A reason that passes by itself. */
export const ROUTES_UNKNOWN = 'RoutesUnknown';

/** Why a network or some of it has no addresses. */
export interface NetworkProblem {
  /** A condition's reason. */
  reason: typeof ROUTES_UNKNOWN | 'InvalidSubnet' | 'SubnetOverlap' | 'SubnetChanged' | 'Exhausted';
  message: string;
}

/** How many a message names. */
const OBSTACLES_NAMED = 3;

export interface SubnetGrant {
  subnet?: string;
  vipSubnet?: string;
  problem?: NetworkProblem;
}

export interface SubnetsInput {
  networks: readonly StoredNetwork[];
  /** Keys of networks that tasks are in. */
  used: ReadonlySet<string>;
  hosts: readonly Obstacle[];
  /** What must be known before anything new is given. */
  awaited?: string | undefined;
  pool: Pool;
}

/** A subnet for each network, by key: what was given stays, what is asked for comes before what is free. Overlaps are told, never given. */
export function grantSubnets({ networks, used, hosts, awaited, pool }: SubnetsInput): Map<string, SubnetGrant> {
  const grants = new Map<string, SubnetGrant>();
  const taken: Obstacle[] = [];
  const grant = (network: StoredNetwork, text: string, problem?: NetworkProblem): void => {
    const subnet = parseSubnet(text) as Subnet;
    const overlap = findOverlap(subnet, hosts);
    grants.set(keyOf(network), {
      subnet: text,
      vipSubnet: formatSubnet(vipRange(text)),
      ...(problem === undefined ? (overlap === undefined ? {} : { problem: overlapProblem(text, overlap) }) : { problem }),
    });
    taken.push({ subnet, what: `${text} of network ${nameOf(network)}` });
  };
  for (const network of networks) {
    const kept = keptSubnet(network, used, hosts);
    if (kept !== undefined) grant(network, kept, changedProblem(network));
  }
  const fresh = inOrderOfAge(networks).filter((network) => !grants.has(keyOf(network)));
  if (awaited !== undefined) {
    const problem: NetworkProblem = { reason: ROUTES_UNKNOWN, message: `it waits for ${awaited}` };
    for (const network of fresh) grants.set(keyOf(network), { problem });
    return grants;
  }
  for (const network of fresh.filter(({ spec }) => spec.subnet !== undefined)) {
    const asked = network.spec.subnet ?? '';
    const problem = subnetProblem(asked) ?? overlapWith(asked, [...taken, ...hosts]);
    if (problem === undefined) grant(network, asked);
    else grants.set(keyOf(network), { problem });
  }
  for (const network of fresh.filter(({ spec }) => spec.subnet === undefined)) {
    const free = freeSubnet([...taken, ...hosts], pool);
    if (typeof free === 'string') grant(network, free);
    else grants.set(keyOf(network), { problem: free });
  }
  return grants;
}

/** What is wrong with a subnet by itself. */
export function subnetProblem(text: string): NetworkProblem | undefined {
  const subnet = parseSubnet(text);
  const found = `found ${JSON.stringify(text)}`;
  if (subnet === undefined) return invalid(`expected an IPv4 subnet with no bits set beyond its prefix, such as 10.60.0.0/16, ${found}`);
  if (!isPrivate(subnet))
    return invalid(`expected private addresses (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10), ${found}`);
  return subnet.prefix > 16 ? invalid(`expected a subnet of /16 or larger, as each node gets a /24 of it, ${found}`) : undefined;
}

/** The subnet that networks of this spec cannot have, as another has it. */
export function overlapWith(text: string, obstacles: readonly Obstacle[]): NetworkProblem | undefined {
  const subnet = parseSubnet(text);
  const overlap = subnet === undefined ? undefined : findOverlap(subnet, obstacles);
  return overlap === undefined ? undefined : overlapProblem(text, overlap);
}

/** Networks of the store as obstacles of others: what they were given, and what they ask for. */
export function networkObstacles(networks: readonly Network[]): Obstacle[] {
  return networks.flatMap((network) => {
    const text = network.status?.subnet ?? network.spec.subnet ?? '';
    const subnet = parseSubnet(text);
    return subnet === undefined ? [] : [{ subnet, what: `${text} of network ${nameOf(network)}` }];
  });
}

function invalid(message: string): NetworkProblem {
  return { reason: 'InvalidSubnet', message };
}

function overlapProblem(text: string, { what }: Obstacle): NetworkProblem {
  return { reason: 'SubnetOverlap', message: `${text} overlaps ${what}` };
}

const isMoved = ({ spec, status }: { spec: NetworkSpec; status?: { subnet?: string } }): boolean =>
  spec.subnet !== undefined && status?.subnet !== undefined && spec.subnet !== status.subnet;

/**
 * Addresses of running containers cannot change: what was given stays while tasks have it. Without tasks what is in a host's way, and was
 * not asked for, is given up.
 */
function keptSubnet(network: StoredNetwork, used: ReadonlySet<string>, hosts: readonly Obstacle[]): string | undefined {
  const given = network.status?.subnet;
  const subnet = parseSubnet(given ?? '');
  if (given === undefined || subnet === undefined) return undefined;
  if (used.has(keyOf(network))) return given;
  const isInTheWay = network.spec.subnet === undefined && findOverlap(subnet, hosts) !== undefined;
  return isMoved(network) || isInTheWay ? undefined : given;
}

function changedProblem(network: StoredNetwork): NetworkProblem | undefined {
  if (!isMoved(network)) return undefined;
  const message = `it stays ${network.status?.subnet ?? ''} and becomes ${network.spec.subnet ?? ''} once no task is in it`;
  return { reason: 'SubnetChanged', message };
}

function freeSubnet(obstacles: readonly Obstacle[], pool: Pool): string | NetworkProblem {
  try {
    return allocateNetwork(
      obstacles.map(({ subnet }) => formatSubnet(subnet)),
      pool,
    );
  } catch (error) {
    if (hasCode(error, 'DSW_NETWORK_EXHAUSTED'))
      return { reason: 'Exhausted', message: `${error.message}: ${widest(obstacles, pool)}; name a subnet in its spec` };
    throw error;
  }
}

/** What takes most of a pool. */
function widest(obstacles: readonly Obstacle[], { range }: Pool): string {
  const pool = parseSubnet(range);
  const within = obstacles.filter(({ subnet }) => pool !== undefined && overlaps(subnet, pool));
  const named = within.sort((a, b) => a.subnet.prefix - b.subnet.prefix).slice(0, OBSTACLES_NAMED);
  return [...named.map(({ what }) => what), ...(within.length > named.length ? [`${within.length - named.length} more`] : [])].join(', ');
}

/** The oldest first, so that a restart without memory gives the same. */
export function inOrderOfAge<T extends StoredNetwork | StoredService>(objects: readonly T[]): T[] {
  const age = ({ metadata }: T): string => `${metadata.creationTimestamp} ${metadata.namespace ?? ''}/${metadata.name}`;
  return [...objects].sort((a, b) => (age(a) < age(b) ? -1 : 1));
}

export function keyOf(network: StoredNetwork): string {
  return refKey(refOf(network));
}

export function nameOf({ metadata }: Network): string {
  return `${metadata.namespace ?? 'default'}/${metadata.name}`;
}
