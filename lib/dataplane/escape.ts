import { DswarmError } from '../errors/error.ts';
import { formatAddress, formatSubnet, parseAddress, parseSubnet } from '../ipam/subnet.ts';
import type { Protocol } from './state.ts';

/** The one place through which values enter a rendered file (invariant 18): each is of a form that cannot end a statement. */
export function address(text: string): string {
  const parsed = parseAddress(text);
  return parsed === undefined ? refuse('an IPv4 address', text) : formatAddress(parsed);
}

export function subnet(text: string): string {
  const parsed = parseSubnet(text);
  return parsed === undefined ? refuse('an IPv4 subnet', text) : formatSubnet(parsed);
}

export function port(value: number): string {
  return Number.isInteger(value) && value >= 1 && value <= 65_535 ? String(value) : refuse('a port of 1-65535', String(value));
}

export function protocol(value: Protocol): string {
  return ['tcp', 'udp', 'sctp'].includes(value) ? value : refuse('tcp, udp or sctp', value);
}

/** In quotes, as nft takes it; Linux allows 15 characters. */
export function networkInterface(name: string): string {
  return /^[a-z0-9_-]{1,15}$/.test(name) ? `"${name}"` : refuse('an interface name of at most 15 of a-z, 0-9, _ and -', name);
}

function refuse(expected: string, found: string): never {
  throw new DswarmError('DSW_NETWORK_RENDER', `expected ${expected}, found ${JSON.stringify(found)}`, { expected, found });
}
