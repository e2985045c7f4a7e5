import { createHash } from 'node:crypto';
import type { ServiceSpec } from '../types/generated.ts';

/** The network that services are in which name none. */
export const DEFAULT_NETWORK = 'default';

/** Of an interface's name Linux keeps 15 characters. */
const BRIDGE_PREFIX = 'dsw';
const BRIDGE_DIGITS = [8, 9, 10, 11] as const;

export interface Attachment {
  name: string;
  /** More names of the service on that network. */
  aliases: readonly string[];
}

/** The networks that a service's tasks are in, the first one first. */
export function attachmentsOf({ networks }: Pick<ServiceSpec, 'networks'>): Attachment[] {
  const asked = networks ?? [];
  if (asked.length === 0) return [{ name: DEFAULT_NETWORK, aliases: [] }];
  return asked.map(({ name, aliases = [] }) => ({ name, aliases }));
}

/** What the names of networks on the engines begin with. */
const PREFIXES = { open: 'dswarm', internal: 'dswarminternal' } as const;

/**
 * Name of a network on the engines: `dswarm_shop_default`. A namespace has no `_`, so no two networks share one. Of a container's networks
 * an engine leads that one outside whose name is the first in the alphabet, so those that let nothing out come last.
 */
export function engineNetworkName(namespace: string, name: string, { internal }: { internal: boolean }): string {
  return `${internal ? PREFIXES.internal : PREFIXES.open}_${namespace}_${name}`;
}

/** The address in a network of a namespace, of those by the engine's name; undefined: it is not in it. */
export function addressIn(seen: Readonly<Record<string, string>>, namespace: string, name: string): string | undefined {
  return seen[engineNetworkName(namespace, name, { internal: false })] ?? seen[engineNetworkName(namespace, name, { internal: true })];
}

/** Those of a namespace, by their own names. */
export function networksIn(seen: Readonly<Record<string, string>>, namespace: string): [name: string, address: string][] {
  return Object.entries(seen).flatMap(([engine, address]): [string, string][] => {
    const prefix = Object.values(PREFIXES).find((each) => engine.startsWith(`${each}_${namespace}_`));
    return prefix === undefined ? [] : [[engine.slice(`${prefix}_${namespace}_`.length), address]];
  });
}

/** A name for the bridge, of those that are free; the same for the same network. */
export function bridgeName(key: string, taken: ReadonlySet<string>): string {
  const digest = createHash('sha256').update(key).digest('hex');
  const names = BRIDGE_DIGITS.map((digits) => `${BRIDGE_PREFIX}${digest.slice(0, digits)}`);
  const free = names.find((name) => !taken.has(name));
  // Four names taken by others would need collisions of 32 to 44 bits at once.
  if (free === undefined) throw new Error(`no bridge name is free for ${key}`);
  return free;
}
