import type { StoredNetwork, StoredService } from '../types/objects.ts';
import { attachmentsOf, DEFAULT_NETWORK } from './attachments.ts';

/** Why a service is given nothing new to run. */
export interface Blocked {
  /** A condition's reason. */
  reason: string;
  message: string;
  /** It does not pass by itself. */
  isLasting: boolean;
}

/** What is wrong with the networks that a service names; `networks`: those of its namespace. */
export function whyUnconnected({ spec, metadata }: StoredService, networks: readonly StoredNetwork[]): Blocked | undefined {
  for (const [index, { name }] of attachmentsOf(spec).entries()) {
    const path = spec.networks === undefined ? `network ${name}` : `spec.networks[${index}]: network ${name}`;
    const network = networks.find((each) => each.metadata.name === name);
    if (network === undefined) return missing(name, `${path} does not exist in namespace ${metadata.namespace ?? 'default'}`);
    const { subnet, message = 'it waits for its addresses' } = network.status ?? {};
    if (typeof network.metadata.deletionTimestamp === 'string')
      return { reason: 'NetworkTerminating', message: `${path} is being deleted`, isLasting: true };
    if (subnet === undefined)
      return { reason: 'NetworkNotReady', message: `${path} has no addresses: ${message}`, isLasting: isStalled(network) };
  }
  return undefined;
}

function isStalled({ status }: StoredNetwork): boolean {
  return status?.conditions?.some(({ type }) => type === 'Stalled') === true;
}

/** The default one is about to be made. */
function missing(name: string, message: string): Blocked {
  return { reason: 'NetworkMissing', message, isLasting: name !== DEFAULT_NETWORK };
}
