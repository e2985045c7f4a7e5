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

/**
 * The hosts files of all networks of a node by path: a network's services are spread over files by name, so that the change of one sends
 * one. A container of two networks asks the resolver of either, and takes its first answer; so a network also answers for those that it
 * shares a service with, where a name is not its own.
 */
export function renderNames({ frame, services }: Pick<PlaneState, 'frame' | 'services'>): Record<string, string> {
  const links = linksOf(services.values());
  const spaces = new Map<string, PlaneService[]>();
  for (const service of services.values()) {
    const space = spaces.get(service.source.namespace);
    if (space === undefined) spaces.set(service.source.namespace, [service]);
    else space.push(service);
  }
  const files = frame.networks.flatMap(({ bridge, namespace }) => {
    const parts = (spaces.get(namespace) ?? []).flatMap((service) => {
      const text = textFor(service, bridge, links.get(bridge));
      return text === undefined ? [] : [{ text, service }];
    });
    return filesOf(bridge, parts, frame.nodes);
  });
  return Object.fromEntries(files);
}

function filesOf(
  bridge: string,
  parts: readonly { text: string; service: PlaneService }[],
  nodes: PlaneFrame['nodes'],
): [string, string][] {
  const count = parts.length > NAMES_A_FILE ? NAME_BUCKETS : 1;
  const texts = Array.from({ length: count }, () => [NO_NAMES]);
  const taken = new Set<string>();
  for (const { text, service } of parts) {
    texts[bucketOf(service.source.name, count)]?.push(text);
    taken.add(service.source.name);
    for (const { aliases } of service.source.networks) for (const alias of aliases) taken.add(alias);
  }
  // A service goes before a node of the same name.
  texts[0]?.push(...nodes.filter(({ name }) => !taken.has(name)).map(({ name, address }) => `${address} ${name}\n`));
  return texts.map((text, index) => [`dns/${bridge}/${String(index)}`, text.join('')]);
}

function textFor(service: PlaneService, bridge: string, links: ReadonlySet<string> | undefined): string | undefined {
  const own = service.names[bridge];
  if (own !== undefined || links === undefined) return own;
  return Object.entries(service.names).find(([other]) => links.has(other))?.[1];
}

function linksOf(services: Iterable<PlaneService>): Map<string, Set<string>> {
  const links = new Map<string, Set<string>>();
  for (const { names } of services) {
    const bridges = Object.keys(names);
    if (bridges.length < 2) continue;
    for (const bridge of bridges) links.set(bridge, new Set([...(links.get(bridge) ?? []), ...bridges]));
  }
  return links;
}

function bucketOf(name: string, count: number): number {
  let sum = 0;
  for (let index = 0; index < name.length; index += 1) sum = (sum * 31 + name.charCodeAt(index)) % 65_521;
  return sum % count;
}
