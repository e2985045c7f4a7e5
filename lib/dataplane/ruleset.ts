import * as safe from './escape.ts';
import type { PlaneIngress, PlaneNetwork, PlaneState, PlaneVip, Target } from './state.ts';

/** Marks of the first packet of an ingress connection: with and without masquerading. */
const CLUSTER_MARK = '0x64730001';
const LOCAL_MARK = '0x64730002';

/** Just before Docker's own nat chains (-100). */
const BEFORE_DOCKER = '-110';

/**
 * The whole table `ip dswarm` of a node as one nft transaction: it replaces the table at once, so no packet meets half of it. Names of
 * chains are made of addresses and ports; nothing that a user wrote is in it. The same state gives the same text.
 */
export function renderRuleset(state: PlaneState): string {
  const vips = state.vips.filter(({ targets }) => targets.length > 0);
  const open = state.ingress.filter(({ targets }) => targets.length > 0);
  const closed = state.ingress.filter(({ targets }) => targets.length === 0);
  return [
    'add table ip dswarm',
    'delete table ip dswarm',
    'table ip dswarm {',
    ...vips.flatMap((vip) => chain(vipChain(vip), [balance(vip.targets)])),
    ...open.flatMap((ingress) => chain(ingressChain(ingress), [`meta mark set ${markOf(ingress)}`, balance(ingress.targets)])),
    ...collection('map vips', 'ipv4_addr . inet_proto . inet_service : verdict', vips.map(vipElement)),
    ...collection('map ports', 'inet_proto . inet_service : verdict', open.map(ingressElement)),
    ...collection('set closed', 'inet_proto . inet_service', closed.map(ingressKey)),
    ...chain('prerouting', [`type nat hook prerouting priority ${BEFORE_DOCKER};`, ...DISPATCH]),
    ...chain('output', [`type nat hook output priority ${BEFORE_DOCKER};`, ...DISPATCH]),
    ...chain('postrouting', ['type nat hook postrouting priority 90;', ...masquerades(state.networks)]),
    ...chain('input', ['type filter hook input priority -10;', ...rejects('fib daddr type local meta l4proto . th dport @closed')]),
    ...chain('forward', ['type filter hook forward priority -10;', ...forwards(state)]),
    ...chain('leaving', ['type filter hook output priority -10;', ...state.networks.flatMap((network) => guards(network, state))]),
    '}',
    '',
  ].join('\n');
}

const DISPATCH = ['ip daddr . meta l4proto . th dport vmap @vips', 'fib daddr type local meta l4proto . th dport vmap @ports'];

function chain(name: string, rules: readonly string[]): string[] {
  return [`  chain ${name} {`, ...rules.map((rule) => `    ${rule}`), '  }'];
}

function collection(head: string, type: string, elements: readonly string[]): string[] {
  const list = elements.length === 0 ? [] : [`    elements = { ${elements.join(', ')} }`];
  return [`  ${head} {`, `    type ${type}`, ...list, '  }'];
}

function vipChain({ address, protocol, port }: PlaneVip): string {
  return `vip_${safe.address(address).replaceAll('.', '_')}_${safe.protocol(protocol)}_${safe.port(port)}`;
}

function vipElement(vip: PlaneVip): string {
  return `${safe.address(vip.address)} . ${safe.protocol(vip.protocol)} . ${safe.port(vip.port)} : goto ${vipChain(vip)}`;
}

function ingressChain({ protocol, published }: PlaneIngress): string {
  return `port_${safe.protocol(protocol)}_${safe.port(published)}`;
}

function ingressKey({ protocol, published }: PlaneIngress): string {
  return `${safe.protocol(protocol)} . ${safe.port(published)}`;
}

function ingressElement(ingress: PlaneIngress): string {
  return `${ingressKey(ingress)} : goto ${ingressChain(ingress)}`;
}

function markOf({ policy }: PlaneIngress): string {
  return policy === 'local' ? LOCAL_MARK : CLUSTER_MARK;
}

/** The protocol match stands in the same rule as the port: nft asks for it. */
function balance(targets: readonly Target[]): string {
  const list = targets.map((target, index) => `${index} : ${safe.address(target.address)} . ${safe.port(target.port)}`);
  return `meta l4proto { tcp, udp, sctp } dnat ip to numgen inc mod ${targets.length} map { ${list.join(', ')} }`;
}

/** Refused at once, never a blackhole (fault 76). */
function rejects(match: string): string[] {
  return [`${match} meta l4proto tcp reject with tcp reset`, `${match} reject`];
}

function masquerades(networks: readonly PlaneNetwork[]): string[] {
  const ingress = `meta mark ${CLUSTER_MARK} masquerade`;
  return [ingress, ...networks.flatMap(masqueradesOf)];
}

/** A task that its own virtual address leads back to must not see its own address as the client's: it would answer itself. */
function masqueradesOf(network: PlaneNetwork): string[] {
  const [own, all, bridge] = [safe.subnet(network.subnet), safe.subnet(network.networkSubnet), safe.networkInterface(network.bridge)];
  const hairpin = `ip saddr ${own} oifname ${bridge} ct status dnat masquerade`;
  return network.internal ? [hairpin] : [hairpin, `ip saddr ${own} ip daddr != ${all} oifname != ${bridge} masquerade`];
}

/** The guards come first: a connection that began by the mesh must not go on in clear when the mesh is gone. */
function forwards(state: PlaneState): string[] {
  const guarding = state.networks.flatMap((network) => guards(network, state));
  return [...guarding, 'ct state established,related accept', ...state.networks.flatMap(isolate)];
}

/** What still goes to a virtual address has no endpoint; what goes to the network by another way than bridge or mesh would go in clear. */
function guards(network: PlaneNetwork, { meshInterface }: PlaneState): string[] {
  const ways = `{ ${safe.networkInterface(network.bridge)}, ${safe.networkInterface(meshInterface)} }`;
  return [
    ...rejects(`ip daddr ${safe.subnet(network.vipSubnet)}`),
    `ip daddr ${safe.subnet(network.networkSubnet)} oifname != ${ways} drop`,
  ];
}

/** Into a bridge comes only its own network and what was published; out of it only with an address of its own. */
function isolate(network: PlaneNetwork): string[] {
  const [all, bridge] = [safe.subnet(network.networkSubnet), safe.networkInterface(network.bridge)];
  return [
    `iifname ${bridge} ip saddr != ${safe.subnet(network.subnet)} drop`,
    `oifname ${bridge} ip saddr != ${all} meta mark != { ${CLUSTER_MARK}, ${LOCAL_MARK} } drop`,
    ...(network.internal ? [`iifname ${bridge} ip daddr != ${all} drop`] : []),
  ];
}
