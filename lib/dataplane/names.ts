import { NAME_BUCKETS, NAMES_A_FILE } from './constants.ts';
import type { PlaneFrame, PlaneNetwork, PlaneService, PlaneState } from './state.ts';

/** An empty file would not be sent, and its old content would stay. */
export const NO_NAMES = '# names\n';

/** The resolver of a network: it answers on the network's own gateway address alone. */
export function renderResolver({ bridge, gateway, internal }: PlaneNetwork): string {
  return [
    'port=53',
    'no-hosts',
    'local-ttl=0',
    'no-negcache',
    // A name without a dot is ours or nobody's; it is never asked for outside.
    'domain-needed',
    'dns-forward-max=1000',
    `listen-address=${gateway}`,
    `addn-hosts=/state/current/dns/${bridge}`,
    // Nothing leaves an internal network, names neither.
    internal ? 'no-resolv' : 'resolv-file=/etc/resolv.conf',
    '',
  ].join('\n');
}

/** One service on one node before and after; absent where it is not written. */
export interface PlaneServiceChange {
  was?: PlaneService;
  is?: PlaneService;
}

type Known = Pick<PlaneState, 'frame' | 'services'>;
type Links = ReadonlyMap<string, ReadonlySet<string>>;

/** A service's lines in a file of one network. */
interface Part {
  service: PlaneService;
  text: string;
}

/**
 * The hosts files of all networks of a node by path: a network's services are spread over files by name, so that the change of one sends
 * one. A container of two networks asks the resolver of either, and takes its first answer; so a network also answers for those that it
 * shares a service with, where a name is not its own.
 */
export function renderNames({ frame, services }: Known): Record<string, string> {
  const links = linksOf(services.values());
  const files = frame.networks.flatMap(({ bridge, namespace }) =>
    filesOf(bridge, partsOf(servicesIn(services, namespace), bridge, links), frame.nodes),
  );
  return Object.fromEntries(files);
}

/** Those files that differ, given the services that do; the frame is the same. */
export function renderChangedNames(before: Known, after: Known, changes: readonly PlaneServiceChange[]): Record<string, string> {
  const [was, is] = [linksOf(before.services.values()), linksOf(after.services.values())];
  const namespaces = new Set(changes.map(({ was: old, is: now }) => (now ?? old)?.source.namespace));
  // A service that joins networks brings all of their names together.
  const areLinked = changes.some(({ was: old, is: now }) => joins(old) || joins(now));
  const buckets = areLinked ? undefined : new Set([0, ...changes.map(({ was: old, is: now }) => (now ?? old)?.bucket ?? 0)]);
  const networks = after.frame.networks.filter(({ namespace }) => namespaces.has(namespace));
  const files = networks.flatMap(({ bridge, namespace }) => {
    const old = partsOf(servicesIn(before.services, namespace), bridge, was);
    const now = partsOf(servicesIn(after.services, namespace), bridge, is);
    const some = filesIn(old) === filesIn(now) ? buckets : undefined;
    return differing(filesOf(bridge, old, before.frame.nodes, some), filesOf(bridge, now, after.frame.nodes, some));
  });
  return Object.fromEntries(files);
}

function differing(before: readonly [string, string][], after: readonly [string, string][]): [string, string][] {
  const [old, now] = [new Map(before), new Map(after)];
  const vanished = before.filter(([path]) => !now.has(path));
  return [...after.filter(([path, text]) => old.get(path) !== text), ...vanished.map(([path]): [string, string] => [path, NO_NAMES])];
}

function servicesIn(services: PlaneState['services'], namespace: string): PlaneService[] {
  return [...services.values()].filter(({ source }) => source.namespace === namespace);
}

function partsOf(services: readonly PlaneService[], bridge: string, links: Links): Part[] {
  return services.flatMap((service) => {
    const text = textFor(service, bridge, links.get(bridge));
    return text === undefined ? [] : [{ text, service }];
  });
}

function filesIn(parts: readonly Part[]): number {
  return parts.length > NAMES_A_FILE ? NAME_BUCKETS : 1;
}

/** All files of a network, or those of some buckets. */
function filesOf(bridge: string, parts: readonly Part[], nodes: PlaneFrame['nodes'], buckets?: ReadonlySet<number>): [string, string][] {
  const count = filesIn(parts);
  const wanted = Array.from({ length: count }, (_, index) => index).filter(
    (index) => buckets === undefined || buckets.has(index) || count === 1,
  );
  const texts = new Map(wanted.map((index) => [index, [NO_NAMES]]));
  for (const { text, service } of parts) texts.get(service.bucket % count)?.push(text);
  texts.get(0)?.push(...freeNodes(parts, nodes).map(({ name, address }) => `${address} ${name}\n`));
  return [...texts].map(([index, text]) => [`dns/${bridge}/${String(index)}`, text.join('')]);
}

/** A service goes before a node of the same name. */
function freeNodes(parts: readonly Part[], nodes: PlaneFrame['nodes']): PlaneFrame['nodes'] {
  const free = new Map(nodes.map((node) => [node.name, node]));
  for (const { service } of parts) {
    free.delete(service.source.name);
    for (const { aliases } of service.source.networks) for (const alias of aliases) free.delete(alias);
  }
  return [...free.values()];
}

function textFor(service: PlaneService, bridge: string, links: ReadonlySet<string> | undefined): string | undefined {
  const own = service.names[bridge];
  if (own !== undefined || links === undefined) return own;
  return Object.entries(service.names).find(([other]) => links.has(other))?.[1];
}

function joins(service: PlaneService | undefined): boolean {
  return service !== undefined && Object.keys(service.names).length > 1;
}

/** By bridge, those that a service is in as well. */
function linksOf(services: Iterable<PlaneService>): Map<string, Set<string>> {
  const links = new Map<string, Set<string>>();
  for (const service of services) {
    if (!joins(service)) continue;
    const bridges = Object.keys(service.names);
    for (const bridge of bridges) links.set(bridge, new Set([...(links.get(bridge) ?? []), ...bridges]));
  }
  return links;
}
