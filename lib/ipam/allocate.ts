import { DswarmError } from '../errors/error.ts';
import { formatAddress, formatSubnet, overlaps, parseSubnet, sizeOf, type Subnet } from './subnet.ts';

/** Where networks without a subnet of their own get one, and which /16 of it comes first. */
export interface Pool {
  range: string;
  first: string;
}

export const DEFAULT_POOL: Pool = { range: '10.208.0.0/12', first: '10.210.0.0/16' };

export interface NodeSubnet {
  subnet: string;
  /** The bridge's own address on the node: the first of its subnet. */
  gateway: string;
}

const NETWORK_PREFIX = 16;
const NODE_PREFIX = 24;
const VIP_PREFIX = 20;

/** The subnet of a network: the first /16 of the pool that overlaps nothing taken, beginning with `first` and wrapping round. */
export function allocateNetwork(taken: readonly string[], pool: Pool = DEFAULT_POOL): string {
  const range = read(pool.range);
  const others = taken.map(read);
  const step = sizeOf(NETWORK_PREFIX);
  const count = sizeOf(range.prefix) / step;
  const offset = (read(pool.first).base - range.base) / step;
  for (let index = 0; index < count; index += 1) {
    const candidate = { base: range.base + ((offset + index) % count) * step, prefix: NETWORK_PREFIX };
    if (!others.some((other) => overlaps(other, candidate))) return formatSubnet(candidate);
  }
  const within = others.filter((other) => overlaps(other, range)).length;
  throw exhausted(`no /${NETWORK_PREFIX} for a network is left of ${pool.range}: ${count} in all, ${within} in the way`);
}

/** A node's part of a network: the lowest free /24, never out of the range of the virtual addresses. */
export function allocateNode(network: string, taken: readonly string[]): NodeSubnet {
  const base = read(network).base;
  const end = vipRange(network).base;
  const others = new Set(taken);
  const step = sizeOf(NODE_PREFIX);
  for (let at = base; at < end; at += step) {
    const subnet = formatSubnet({ base: at, prefix: NODE_PREFIX });
    if (!others.has(subnet)) return { subnet, gateway: formatAddress(at + 1) };
  }
  const count = (end - base) / step;
  throw exhausted(`no /${NODE_PREFIX} for a node is left of ${network}: ${count} in all, ${others.size} in use`);
}

/** A service's virtual address: the lowest free one of the network's last /20, without its first and last address. */
export function allocateVip(network: string, taken: Iterable<string>): string {
  const range = vipRange(network);
  const others = new Set(taken);
  const last = range.base + sizeOf(range.prefix) - 1;
  for (let at = range.base + 1; at < last; at += 1) {
    const address = formatAddress(at);
    if (!others.has(address)) return address;
  }
  throw exhausted(`no virtual address is left of ${formatSubnet(range)}: ${last - range.base - 1} in all, all in use`);
}

/** The part of a network that belongs to virtual addresses; no node gets any of it. */
export function vipRange(network: string): Subnet {
  const { base, prefix } = read(network);
  if (prefix > NETWORK_PREFIX) throw invalid(network, `a subnet of at least /${NETWORK_PREFIX}`);
  return { base: base + sizeOf(prefix) - sizeOf(VIP_PREFIX), prefix: VIP_PREFIX };
}

function read(text: string): Subnet {
  const subnet = parseSubnet(text);
  if (subnet === undefined) throw invalid(text, 'an IPv4 subnet such as 10.210.0.0/16');
  return subnet;
}

function invalid(found: string, expected: string): DswarmError {
  return new DswarmError('DSW_NETWORK_SUBNET', `expected ${expected}, found ${JSON.stringify(found)}`, { expected, found });
}

function exhausted(message: string): DswarmError {
  return new DswarmError('DSW_NETWORK_EXHAUSTED', message);
}
