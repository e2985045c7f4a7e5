import { KEEPALIVE, MESH_PORT, VXLAN_ID, VXLAN_PORT } from './constants.ts';
import { parseAddress } from '../ipam/subnet.ts';
import type { PlaneFrame, PlaneNetwork } from './state.ts';

/**
 * Without the private key, which never leaves its node. Undefined: leave the tunnel as it is. A list without a peer is written only where
 * there is no other node, never because nothing is known of them (invariant 5).
 */
export function renderWireguard({ peers, alone }: PlaneFrame): string | undefined {
  if (peers.length === 0 && !alone) return undefined;
  const texts = peers.map(({ publicKey, endpoint, subnets }) =>
    [
      '[Peer]',
      `PublicKey = ${publicKey}`,
      ...(endpoint === undefined ? [] : [`Endpoint = ${endpoint}`]),
      ...(subnets.length === 0 ? [] : [`AllowedIPs = ${subnets.join(', ')}`]),
      `PersistentKeepalive = ${String(KEEPALIVE)}`,
      '',
    ].join('\n'),
  );
  return `[Interface]\nListenPort = ${String(MESH_PORT)}\n${texts.join('')}`;
}

/** Lines for the agent, in words of fixed number; images/plane/agent.sh tells what each does. */
export function renderMesh(frame: PlaneFrame): string {
  const { networks, alone, vxlan } = frame;
  return [
    ...(alone ? ['alone'] : []),
    'mtu auto',
    ...networks.map(({ bridge, gateway }) => `bridge ${bridge} ${gateway}`),
    ...networks.map(({ gateway }) => `address ${gateway}/32`),
    ...networks.flatMap(routesOf),
    ...(vxlan === undefined ? [] : vxlanLines(networks, vxlan)),
    '',
  ].join('\n');
}

/** A virtual address is translated before it is sent; that it is sent at all, also by the host itself, takes a route. */
function routesOf({ vipSubnet, gateway, remote }: PlaneNetwork): string[] {
  const wireguard = remote.filter(({ backend }) => backend === 'wireguard');
  return [`route ${vipSubnet} ${gateway}`, ...wireguard.map(({ subnet }) => `route ${subnet} ${gateway}`)];
}

function vxlanLines(networks: readonly PlaneNetwork[], { own, peers }: NonNullable<PlaneFrame['vxlan']>): string[] {
  return [
    `vxlan ${String(VXLAN_ID)} ${String(VXLAN_PORT)} ${own} ${macOf(own)}`,
    ...Object.values(peers).map((address) => `neighbour ${macOf(address)} ${address}`),
    ...networks.flatMap(({ remote, gateway }) =>
      remote.flatMap((other) => {
        const address = other.backend === 'vxlan' ? peers[other.node] : undefined;
        return address === undefined ? [] : [`via ${other.subnet} ${other.gateway} ${macOf(address)} ${gateway}`];
      }),
    ),
  ];
}

/** The same on every node, of the underlay address: locally administered. */
function macOf(address: string): string {
  const digits = (parseAddress(address) ?? 0).toString(16).padStart(8, '0');
  return `02:64:${digits.match(/../g)?.join(':') ?? ''}`;
}
