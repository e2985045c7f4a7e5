import { parseSubnet } from '../ipam/subnet.ts';
import { LABELS } from '../plan/names.ts';
import type { NodeSubnet } from '../types/generated.ts';
import type { ObservedNetwork } from '../types/observation.ts';

/** What an engine has of networks that are not this cluster's, by name: their subnets are not ours to give. */
export function foreignSubnets(networks: readonly ObservedNetwork[], cluster: string): NodeSubnet[] {
  return networks
    .flatMap(({ name, labels, subnet }) =>
      labels[LABELS.cluster] === cluster || subnet === undefined || parseSubnet(subnet) === undefined ? [] : [{ network: name, subnet }],
    )
    .sort((a, b) => (a.network < b.network ? -1 : 1));
}
