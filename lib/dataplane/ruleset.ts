import { MESH_INTERFACE, VXLAN_INTERFACE, VXLAN_PORT } from './constants.ts';
import { CLUSTER_MARK, onNode } from './service.ts';
import type { PlaneEntry, PlaneFrame, PlaneNetwork, PlaneState } from './state.ts';

/** Just before Docker's own nat chains (-100) and filter chains (0). */
const NAT = '-110';
const FILTER = '-10';

/**
 * Asked for by an address that is none of a network's, and led into one by whoever publishes ports: this table in mode ingress, Docker in
 * mode host.
 */
const PUBLISHED = 'ct status dnat ct original ip daddr != @networks return';

/**
 * The whole table `ip dswarm` of a node as one nft transaction: it replaces the table at once, so no packet meets half of it. Names of
 * chains are made of addresses, ports and bridges; nothing that a user wrote is in it. The same state gives the same text.
 */
export function renderRuleset({ frame, services }: Pick<PlaneState, 'frame' | 'services'>): string {
  const all = [...services.values()].map((service) => onNode(service, frame.node));
  const entries = all.flatMap((service) => service.entries);
  return [
    'add table ip dswarm',
    'delete table ip dswarm',
    'table ip dswarm {',
    ...setsOf(frame),
    ...refusing(),
    ...entries.flatMap(({ chain: name, rules }) => chain(name, rules)),
    ...collection('map vips', 'ipv4_addr : verdict', elementsOf(entries, 'vips')),
    ...collection('map ports', 'inet_proto . inet_service : verdict', elementsOf(entries, 'ports')),
    ...collection(
      'set closed',
      'inet_proto . inet_service',
      all.flatMap(({ closed }) => closed),
    ),
    ...frame.networks.flatMap(networkChains),
    ...networkMaps(frame.networks),
    ...relaying(frame),
    ...hooks(frame),
    '}',
    '',
  ].join('\n');
}

export function element({ key, chain: name }: PlaneEntry): string {
  return `${key} : goto ${name}`;
}

function elementsOf(entries: readonly PlaneEntry[], map: PlaneEntry['map']): string[] {
  return entries.filter((entry) => entry.map === map).map(element);
}

function chain(name: string, rules: readonly string[]): string[] {
  return [`  chain ${name} {`, ...rules.map((rule) => `    ${rule}`), '  }'];
}

function collection(head: string, type: string, elements: readonly string[], flags = ''): string[] {
  const list = elements.length === 0 ? [] : [`    elements = { ${elements.join(', ')} }`];
  return [`  ${head} {`, `    type ${type}${flags === '' ? '' : `; flags ${flags};`}`, ...list, '  }'];
}

function quoted(name: string): string {
  return `"${name}"`;
}

function setsOf({ networks, subnets, vxlan }: PlaneFrame): string[] {
  const bridges = networks.map(({ bridge }) => quoted(bridge));
  const tunnels = [quoted(MESH_INTERFACE), quoted(VXLAN_INTERFACE)];
  const open = networks.filter(({ internal }) => !internal);
  return [
    ...collection('set networks', 'ipv4_addr', subnets, 'interval'),
    ...collection('set virtual', 'ipv4_addr', networks.map(({ vipSubnet }) => vipSubnet), 'interval'), // prettier-ignore
    ...collection('set outgoing', 'ipv4_addr', open.map(({ subnet }) => subnet), 'interval'), // prettier-ignore
    ...collection('set bridges', 'ifname', bridges),
    ...collection('set tunnels', 'ifname', tunnels),
    ...collection('set ways', 'ifname', [...bridges, ...tunnels, quoted('lo')]),
    ...collection('set members', 'ipv4_addr', Object.values(vxlan?.peers ?? {})),
    ...collection('map sources', 'ipv4_addr : ipv4_addr', networks.map(({ networkSubnet, gateway }) => `${networkSubnet} : ${gateway}`), 'interval'), // prettier-ignore
  ];
}

/** Refused at once, never a blackhole (fault 76). */
function refusing(): string[] {
  return chain('refuse', ['meta l4proto tcp reject with tcp reset', 'reject']);
}

/** What a network's bridge may send, may be sent, and may ask of the host: the border between namespaces. */
function networkChains({ bridge, subnet, networkSubnet, gateway, internal }: PlaneNetwork): string[] {
  const elsewhere = internal
    ? [`ip daddr != ${networkSubnet} goto refuse`]
    : [PUBLISHED, `ip daddr @networks ip daddr != ${networkSubnet} goto refuse`];
  const published = internal ? [] : [PUBLISHED];
  const asked = [`ip daddr ${gateway} meta l4proto { tcp, udp } th dport 53 return`, `ip daddr ${gateway} meta l4proto icmp return`];
  return [
    ...chain(`from_${bridge}`, [`ip saddr != ${subnet} drop`]),
    ...chain(`leave_${bridge}`, elsewhere),
    ...chain(`enter_${bridge}`, [`ip saddr ${networkSubnet} return`, ...published, 'drop']),
    ...chain(`visit_${bridge}`, [...asked, internal ? 'goto refuse' : 'ip daddr @networks goto refuse']),
    ...chain(`back_${bridge}`, [`ip saddr ${subnet} ct status dnat snat to ${gateway}`]),
  ];
}

function networkMaps(networks: readonly PlaneNetwork[]): string[] {
  return ['from', 'leave', 'enter', 'visit', 'back'].flatMap((name) =>
    collection(
      `map ${name}`,
      'ifname : verdict',
      networks.map(({ bridge }) => `${quoted(bridge)} : jump ${name}_${bridge}`),
    ),
  );
}

/** From one end of the tunnel to another: within a network, never across. */
function relaying({ relayed }: PlaneFrame): string[] {
  if (relayed === undefined) return [];
  return chain('relay', [...relayed.map((subnet) => `ip saddr ${subnet} ip daddr ${subnet} accept`), 'drop']);
}

function hooks({ relayed }: PlaneFrame): string[] {
  const [forward, sent] =
    relayed === undefined
      ? [FORWARD, SENT]
      : [
          [...GUARDS, RELAY, ...BORDERS],
          [NO_REDIRECT, ...SENT],
        ];
  return [
    ...chain('raw', ['type filter hook prerouting priority -300;', ...RAW]),
    ...chain('prerouting', [`type nat hook prerouting priority ${NAT};`, ...DISPATCH]),
    ...chain('output', [`type nat hook output priority ${NAT};`, ...DISPATCH]),
    ...chain('postrouting', ['type nat hook postrouting priority 90;', ...POSTROUTING]),
    ...chain('input', [`type filter hook input priority ${FILTER};`, ...INPUT]),
    ...chain('forward', [`type filter hook forward priority ${FILTER};`, ...forward]),
    ...chain('sent', [`type filter hook output priority ${FILTER};`, ...sent]),
  ];
}

/** Before any translation: nobody may say to be who he is not. Loopback is reachable by published ports alone. */
const RAW = [
  'iifname @ways iifname != "lo" ip daddr 127.0.0.0/8 drop',
  'iifname vmap @from',
  'iifname @tunnels ip saddr != @networks drop',
  'ip saddr @networks iifname != @ways drop',
];

const DISPATCH = ['ip daddr vmap @vips', 'fib daddr type local ip daddr != @networks meta l4proto . th dport vmap @ports'];

/**
 * What enters the tunnel has an address of this node in that network, else the other end would not take it. A task on this node sees the
 * client's own address, but for loopback's. A task that its own virtual address leads back to must not see itself: it would answer itself.
 */
const POSTROUTING = [
  `oifname @tunnels meta mark ${CLUSTER_MARK} snat to ip daddr map @sources`,
  'oifname @ways ip saddr 127.0.0.0/8 ip daddr @networks snat to ip daddr map @sources',
  'oifname vmap @back',
  'ip saddr @outgoing oifname != @ways masquerade',
];

/** Resolvers answer their own network alone; the tunnel brings nothing for the host itself. */
const INPUT = [
  'ct state established,related accept',
  // A gateway is its network's: nobody else asks it for names, or reaches what listens on all addresses of the host by it.
  'ip daddr @networks iifname != @ways drop',
  `udp dport ${String(VXLAN_PORT)} ip saddr != @members drop`,
  'fib daddr type local ip daddr != @networks meta l4proto . th dport @closed goto refuse',
  'iifname vmap @visit',
  'iifname @tunnels meta l4proto != icmp drop',
];

/**
 * The guard comes first: a connection that began by the mesh must not go on in clear when the mesh is gone. What still goes to a virtual
 * address has no endpoint.
 */
const GUARDS = [
  'ip daddr @networks oifname != @ways drop',
  `udp dport ${String(VXLAN_PORT)} drop`,
  'oifname @tunnels tcp flags syn tcp option maxseg size set rt mtu',
  'ct state established,related accept',
  'ip daddr @virtual goto refuse',
];
const BORDERS = ['iifname @tunnels oifname != @bridges drop', 'iifname vmap @leave', 'oifname vmap @enter'];
const FORWARD = [...GUARDS, ...BORDERS];

/** A node that passes packets on must not tell their senders of a shorter way: there is none. */
const RELAY = `iifname "${MESH_INTERFACE}" oifname "${MESH_INTERFACE}" goto relay`;
const NO_REDIRECT = `oifname "${MESH_INTERFACE}" icmp type redirect drop`;

const SENT = ['ip daddr @networks oifname != @ways drop', 'ip daddr @virtual goto refuse'];
