import { DswarmError } from '../errors/error.ts';
import { formatAddress, formatSubnet, parseAddress, parseSubnet } from '../ipam/subnet.ts';
import type { Protocol } from './model.ts';

const LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const NODE_NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;
const IPV6 = /^[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}$/i;

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

/** Linux allows 15 characters. */
export function networkInterface(name: string): string {
  return /^[a-z0-9_-]{1,15}$/.test(name) ? name : refuse('an interface name of at most 15 of a-z, 0-9, _ and -', name);
}

/** A label of a name that the resolver answers. */
export function label(name: string): string {
  return LABEL.test(name) ? name : refuse('a DNS label of at most 63 of a-z, 0-9 and -', name);
}

/** Of a node: several labels are fine. */
export function nodeName(name: string): string {
  return NODE_NAME.test(name) && !name.includes('..') ? name : refuse('a DNS name of a-z, 0-9, - and .', name);
}

/** `IP:PORT` for WireGuard. */
export function endpoint(ip: string, at: number): string {
  if (parseAddress(ip) !== undefined) return `${address(ip)}:${port(at)}`;
  return IPV6.test(ip) ? `[${ip.toLowerCase()}]:${port(at)}` : refuse('an IP address', ip);
}

/** 32 bytes in base64. */
export function publicKey(key: string): string {
  return /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(key) ? key : refuse('a WireGuard public key', key);
}

function refuse(expected: string, found: string): never {
  throw new DswarmError('DSW_NETWORK_RENDER', `expected ${expected}, found ${JSON.stringify(found)}`, { expected, found });
}
