import { holdsAddress, parseSubnet, type Subnet } from '../ipam/subnet.ts';
import { DswarmError } from '../errors/error.ts';
import * as safe from './escape.ts';
import type { ServedPort, ServedService, ServedTask } from './model.ts';
import { NAME_BUCKETS } from './constants.ts';
import type { PlaneEntries, PlaneEntry, PlaneFrame, PlaneService, PlaneTarget, Surroundings } from './state.ts';

/** Marks the first packet of an ingress connection that may be sent on to another node. */
export const CLUSTER_MARK = '0x64730001';

export function surroundingsOf({ node, networks }: PlaneFrame): Surroundings {
  const known = networks.map(({ namespace, name, bridge, internal, subnet, vipSubnet, remote }) => {
    const parts = [[node, subnet] as const, ...remote.map((other) => [other.node, other.subnet] as const)];
    const reach = new Map(parts.map(([at, part]) => [at, read(part)]));
    return [`${namespace}/${name}`, { bridge, internal, vips: read(vipSubnet), reach }] as const;
  });
  return { networks: new Map(known) };
}

/** Everything that one service brings to the files of nodes. Throws DSW_NETWORK_RENDER where a value cannot be written. */
export function serviceOf(source: ServedService, around: Surroundings): PlaneService {
  const key = `${safe.label(source.namespace)}/${safe.label(source.name)}`;
  const joined = source.networks.flatMap((attachment) => {
    const found = around.networks.get(`${source.namespace}/${attachment.network}`);
    return found === undefined ? [] : [{ ...attachment, ...found, ...targetsOf(source.tasks, attachment.network, found.reach) }];
  });
  const vips = joined.flatMap(({ vip, vips: range, targets }) => (vip === undefined ? [] : vipEntry(vip, range, targets)));
  const open = joined.filter(({ internal }) => !internal).sort((a, b) => (a.network < b.network ? -1 : 1));
  const reached = ingressTargets(
    source,
    open.map(({ targets }) => targets),
  );
  const local = { vips, targets: reached };
  return {
    key,
    source,
    ...entriesOf(source, local),
    ...(source.ports.some(({ policy }) => policy === 'local') ? { local } : {}),
    udpPorts: source.ports.flatMap(({ protocol, published }) => (protocol === 'udp' ? [published] : [])),
    targets: [...new Set(joined.flatMap(({ targets }) => [...targets.values()].map(({ address }) => address)))],
    names: Object.fromEntries(joined.map(({ bridge, vip, aliases, targets }) => [bridge, names(source, vip, aliases, targets)])),
    bucket: bucketOf(source.name),
    strays: joined.flatMap(({ strays }) => strays),
  };
}

/** What a node writes of a service: a port of policy local leads to its own tasks alone. */
export function onNode(service: PlaneService, node: string): PlaneEntries {
  return service.local === undefined ? service : entriesOf(service.source, service.local, node);
}

function entriesOf({ ports }: ServedService, { vips, targets }: NonNullable<PlaneService['local']>, node?: string): PlaneEntries {
  const made = ports.map((port) => ({ port, entry: portEntry(port, targets, node) }));
  return {
    entries: [...vips, ...made.flatMap(({ entry }) => entry ?? [])],
    closed: made.flatMap(({ port, entry }) => (entry === undefined ? [portKey(port)] : [])),
  };
}

/**
 * By task. A node may say of its tasks only addresses that are its own: a task with another one, as on a node that left and came back with
 * another subnet, is left out, and told.
 */
function targetsOf(
  tasks: readonly ServedTask[],
  network: string,
  reach: ReadonlyMap<string, Subnet>,
): { targets: Map<string, PlaneTarget>; strays: string[] } {
  const targets = new Map<string, PlaneTarget>();
  const strays: string[] = [];
  for (const { name, node, addresses } of tasks) {
    const [text, range] = [addresses[network], reach.get(node)];
    if (text === undefined || range === undefined) continue;
    const address = safe.address(text);
    if (holdsAddress(range, address)) targets.set(name, { address, node });
    else strays.push(`task ${name} has ${address}, which is no address of the network on ${node}; nothing leads there`);
  }
  return { targets, strays };
}

function inside(text: string, range: Subnet, expected: string): string {
  const address = safe.address(text);
  if (holdsAddress(range, address)) return address;
  throw new DswarmError('DSW_NETWORK_RENDER', `expected ${expected}, found ${address}`, { expected, found: address });
}

/**
 * A task is reached by that of its networks by which it answers whoever is in none of them: of those that let anything out the first in
 * the alphabet, as engines have it.
 */
function ingressTargets({ tasks }: ServedService, open: readonly ReadonlyMap<string, PlaneTarget>[]): PlaneTarget[] {
  return tasks.flatMap(({ name }) => open.find((targets) => targets.has(name))?.get(name) ?? []);
}

function vipEntry(vip: string, range: Subnet, targets: ReadonlyMap<string, PlaneTarget>): PlaneEntry[] {
  const key = inside(vip, range, 'a virtual address of the network');
  if (targets.size === 0) return [];
  const chain = `vip_${key.replaceAll('.', '_')}`;
  return [{ map: 'vips', key, chain, rules: [`dnat to ${balance([...targets.values()].map(({ address }) => address))}`] }];
}

function portEntry(port: ServedPort, all: readonly PlaneTarget[], node: string | undefined): PlaneEntry | undefined {
  const targets = port.policy === 'local' ? all.filter((target) => target.node === node) : all;
  const [key, target] = [portKey(port), safe.port(port.target)];
  if (targets.length === 0) return undefined;
  const mark = port.policy === 'local' ? [] : [`meta mark set ${CLUSTER_MARK}`];
  // The protocol stands in the same rule as the port: nft asks for it.
  const to = `meta l4proto ${safe.protocol(port.protocol)} dnat ip to ${balance(targets.map(({ address }) => `${address} . ${target}`))}`;
  return { map: 'ports', key, chain: `port_${key.replace(' . ', '_')}`, rules: [...mark, to] };
}

function portKey({ protocol, published }: ServedPort): string {
  return `${safe.protocol(protocol)} . ${safe.port(published)}`;
}

function balance(targets: readonly string[]): string {
  return `numgen inc mod ${targets.length} map { ${targets.map((target, index) => `${index} : ${target}`).join(', ')} }`;
}

function names(
  source: ServedService,
  vip: string | undefined,
  aliases: readonly string[],
  targets: ReadonlyMap<string, PlaneTarget>,
): string {
  const full = (name: string): string[] => [name, `${name}.${source.namespace}`];
  const own = [...new Set([source.name, ...aliases.map(safe.label)])].flatMap(full).join(' ');
  const each = full(`tasks.${source.name}`).join(' ');
  const addresses = [...targets.values()].map(({ address }) => address);
  if (vip === undefined) return addresses.map((address) => `${address} ${own} ${each}\n`).join('');
  return `${safe.address(vip)} ${own}\n${addresses.map((address) => `${address} ${each}\n`).join('')}`;
}

function bucketOf(name: string): number {
  let sum = 0;
  for (let index = 0; index < name.length; index += 1) sum = (sum * 31 + name.charCodeAt(index)) % 65_521;
  return sum % NAME_BUCKETS;
}

function read(text: string): Subnet {
  const subnet = parseSubnet(text);
  if (subnet === undefined) throw new DswarmError('DSW_NETWORK_RENDER', `expected an IPv4 subnet, found ${JSON.stringify(text)}`);
  return subnet;
}
