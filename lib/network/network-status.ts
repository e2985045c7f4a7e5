import { mergeConditions } from '../conditions/conditions.ts';
import type { NetworkAddress, NetworkNode, NetworkStatus } from '../types/generated.ts';
import type { StoredNetwork } from '../types/objects.ts';
import { isoTime } from '../types/time.ts';
import type { Grants } from './grants.ts';
import { ROUTES_UNKNOWN, type SubnetGrant } from './subnets.ts';

export interface NetworkStatusInput {
  network: StoredNetwork;
  bridge: string;
  grant: SubnetGrant;
  nodes: Grants<NetworkNode>;
  addresses: Grants<NetworkAddress>;
  /** Whether there is a data plane that makes it. */
  dataPlane: boolean;
  /** Milliseconds since the epoch. */
  now: number;
}

interface Verdict {
  state: NonNullable<NetworkStatus['state']>;
  reason: string;
  message: string;
}

/** How many names a message lists. */
const NAMES = 5;

export function networkStatus(input: NetworkStatusInput): NetworkStatus {
  const { network, grant, nodes, addresses } = input;
  const { state, reason, message } = judge(input);
  const { generation } = network.metadata;
  const isGood = state === 'Ready';
  const conditions = mergeConditions(
    [
      { type: 'Ready', status: isGood ? 'True' : 'False', reason, message },
      ...(isGood || state === 'Terminating'
        ? []
        : [{ type: reason === ROUTES_UNKNOWN ? 'Progressing' : 'Stalled', status: 'True', reason, message } as const]),
    ],
    { previous: network.status?.conditions, now: isoTime(input.now), generation },
  );
  return {
    observedGeneration: generation,
    conditions,
    state,
    message,
    ...(grant.subnet === undefined ? {} : { subnet: grant.subnet }),
    ...(grant.vipSubnet === undefined ? {} : { vipSubnet: grant.vipSubnet }),
    bridge: input.bridge,
    nodes: nodes.given,
    addresses: addresses.given,
  };
}

function judge({ network, grant, nodes, addresses, dataPlane }: NetworkStatusInput): Verdict {
  if (typeof network.metadata.deletionTimestamp === 'string')
    return { state: 'Terminating', reason: 'InUse', message: 'it goes once no task is in it' };
  if (grant.subnet === undefined)
    return { state: 'Pending', reason: grant.problem?.reason ?? 'Pending', message: grant.problem?.message ?? 'it has no subnet yet' };
  if (!dataPlane)
    return { state: 'Pending', reason: 'NoDataPlane', message: 'the controller runs without the data plane, which makes networks' };
  if (grant.problem !== undefined) return { state: 'Degraded', ...grant.problem };
  const lack = lackOf('node', nodes) ?? lackOf('service', addresses);
  if (lack !== undefined) return { state: 'Degraded', reason: 'Exhausted', message: lack };
  const count = nodes.given.length;
  return { state: 'Ready', reason: 'AddressesGiven', message: `${grant.subnet} on ${count} node${count === 1 ? '' : 's'}` };
}

function lackOf(what: string, { refused, message }: Grants<unknown>): string | undefined {
  if (message === undefined) return undefined;
  const more = refused.length > NAMES ? ` and ${refused.length - NAMES} more` : '';
  return `${message}; nothing for ${what} ${refused.slice(0, NAMES).join(', ')}${more}`;
}
