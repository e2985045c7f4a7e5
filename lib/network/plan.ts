import { DEFAULT_POOL, type Pool } from '../ipam/allocate.ts';
import type { NetworkStatus } from '../types/generated.ts';
import { API_VERSION, IMPLICIT_ANNOTATION, refKey, type StoredNetwork, type StoredNode, type StoredService } from '../types/objects.ts';
import { isoTime } from '../types/time.ts';
import { sameJson } from '../types/same-json.ts';
import { attachmentsOf, bridgeName, DEFAULT_NETWORK } from './attachments.ts';
import { grantAddresses, grantNodes } from './grants.ts';
import { networkStatus } from './network-status.ts';
import { hostObstacles } from './obstacles.ts';
import { grantSubnets, inOrderOfAge, keyOf, type SubnetGrant } from './subnets.ts';

export interface NetworksInput {
  networks: readonly StoredNetwork[];
  /** As they are to be carried out: in a rollback with the networks of before. */
  services: readonly StoredService[];
  nodes: readonly StoredNode[];
  /** What must be known of nodes before any other subnet is given (see awaitedOf). */
  awaited?: string | undefined;
  /** Keys of the networks that tasks are in. */
  used: ReadonlySet<string>;
  /** Without one no service is in a network. */
  dataPlane: boolean;
  /** Milliseconds since the epoch. */
  now: number;
  pool?: Pool;
}

export interface NetworksPlan {
  /** Networks that are to be as given here; one without a uid is new. */
  put: StoredNetwork[];
  /** Networks that nobody needs any more, or that were to be deleted and are in no task's use. */
  remove: StoredNetwork[];
}

/** All that networks have of addresses, in one piece, so that nothing is given twice. The same input gives the same plan (invariant 1). */
export function planNetworks(input: NetworksInput): NetworksPlan {
  const wanted = wantedBy(input);
  const remove = input.networks.filter((network) => isOver(network, wanted, input.used));
  const leaving = new Set(remove.map(keyOf));
  const networks = [...input.networks.filter((network) => !leaving.has(keyOf(network))), ...missingDefaults(input, wanted, leaving)];
  const grants = grantSubnets({
    networks,
    used: input.used,
    hosts: hostObstacles(input.nodes),
    awaited: input.awaited,
    pool: input.pool ?? DEFAULT_POOL,
  });
  const bridges = nameBridges(networks);
  const nodes = input.nodes.map(({ metadata }) => metadata.name).sort();
  const put = networks.flatMap((network) => {
    const key = keyOf(network);
    const grant = grants.get(key) ?? {};
    const status = statusOf(network, { grant, nodes, services: wanted.get(key) ?? [], bridge: bridges.get(key) ?? '' }, input);
    return sameJson(status, network.status) ? [] : [{ ...network, status }];
  });
  return { put, remove };
}

/** The networks as they are once the plan is stored. */
export function withChanges(networks: readonly StoredNetwork[], { put, remove }: NetworksPlan): StoredNetwork[] {
  const changed = new Set([...put, ...remove].map(keyOf));
  return [...networks.filter((network) => !changed.has(keyOf(network))), ...put];
}

interface Share {
  grant: SubnetGrant;
  nodes: readonly string[];
  services: readonly StoredService[];
  bridge: string;
}

function statusOf(network: StoredNetwork, { grant, nodes, services, bridge }: Share, input: NetworksInput): NetworkStatus {
  const { subnet, vipSubnet } = grant;
  const { dataPlane, now } = input;
  if (subnet === undefined || vipSubnet === undefined) {
    const none = { given: [], refused: [] };
    return networkStatus({ network, bridge, grant, nodes: none, addresses: none, dataPlane, now });
  }
  const withAddress = services.filter(({ spec }) => spec.endpointMode === 'vip').map(({ metadata }) => metadata.name);
  return networkStatus({
    network,
    bridge,
    grant,
    nodes: grantNodes(subnet, nodes, network.status?.nodes ?? []),
    addresses: grantAddresses({ subnet, vipSubnet }, withAddress, network.status?.addresses ?? []),
    dataPlane,
    now,
  });
}

/** The services that want to be in each network, by its key, the oldest first. */
function wantedBy({ services, dataPlane }: NetworksInput): Map<string, StoredService[]> {
  const wanted = new Map<string, StoredService[]>();
  if (!dataPlane) return wanted;
  for (const service of inOrderOfAge(services)) {
    const { namespace } = service.metadata;
    for (const name of new Set(attachmentsOf(service.spec).map((attachment) => attachment.name))) {
      const key = refKey({ kind: 'Network', namespace, name });
      wanted.set(key, [...(wanted.get(key) ?? []), service]);
    }
  }
  return wanted;
}

/** A network that tasks are in stays until the last of them is gone. */
function isOver(network: StoredNetwork, wanted: ReadonlyMap<string, unknown>, used: ReadonlySet<string>): boolean {
  if (used.has(keyOf(network))) return false;
  if (typeof network.metadata.deletionTimestamp === 'string') return true;
  return isImplicit(network) && !wanted.has(keyOf(network));
}

/** Made for services that name no network, and by no user. */
export function isImplicit({ metadata }: StoredNetwork): boolean {
  return metadata.annotations?.[IMPLICIT_ANNOTATION] === 'true';
}

function missingDefaults(
  { networks, now }: NetworksInput,
  wanted: ReadonlyMap<string, readonly StoredService[]>,
  leaving: ReadonlySet<string>,
): StoredNetwork[] {
  const known = new Set(networks.map(keyOf));
  return [...wanted].flatMap(([key, [first]]) => {
    const namespace = first?.metadata.namespace ?? 'default';
    // One that leaves is made anew by the pass after its removal.
    if (known.has(key) || leaving.has(key) || key !== refKey({ kind: 'Network', namespace, name: DEFAULT_NETWORK })) return [];
    return [defaultNetwork(namespace, now)];
  });
}

function defaultNetwork(namespace: string, now: number): StoredNetwork {
  return {
    apiVersion: API_VERSION,
    kind: 'Network',
    metadata: {
      name: DEFAULT_NETWORK,
      namespace,
      annotations: { [IMPLICIT_ANNOTATION]: 'true' },
      uid: '',
      generation: 1,
      resourceVersion: '0',
      creationTimestamp: isoTime(now),
    },
    spec: { driver: 'mesh', internal: false, attachable: false, backend: 'wireguard' },
  };
}

function nameBridges(networks: readonly StoredNetwork[]): Map<string, string> {
  const names = new Map(
    networks.flatMap((network) => (network.status?.bridge === undefined ? [] : [[keyOf(network), network.status.bridge]])),
  );
  const taken = new Set(names.values());
  for (const network of inOrderOfAge(networks)) {
    if (names.has(keyOf(network))) continue;
    const name = bridgeName(keyOf(network), taken);
    names.set(keyOf(network), name);
    taken.add(name);
  }
  return names;
}
