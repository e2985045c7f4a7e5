import type { Endpoint } from '../types/generated.ts';
import type { StoredNetwork, StoredService } from '../types/objects.ts';
import { attachmentsOf } from './attachments.ts';

/** What a service's name resolves to; `networks`: those of its namespace. */
export function endpointOf({ metadata, spec }: StoredService, networks: readonly StoredNetwork[]): Endpoint {
  if (spec.endpointMode === 'dnsrr') return { mode: 'dnsrr', addresses: [] };
  const addresses = attachmentsOf(spec).flatMap(({ name }) => {
    const network = networks.find((each) => each.metadata.name === name);
    const given = network?.status?.addresses?.find(({ service }) => service === metadata.name);
    return given === undefined ? [] : [{ network: name, address: given.address }];
  });
  return { mode: 'vip', addresses };
}
