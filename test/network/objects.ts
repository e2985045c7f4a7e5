import type { NetworkSpec, NetworkStatus, ServiceSpec } from '../../lib/types/generated.ts';
import type { StoredNetwork, StoredNode, StoredService } from '../../lib/types/objects.ts';
import { node, service } from '../controllers/harness.ts';

/** A network as admission would give it. */
export function network(name: string, spec: Partial<NetworkSpec> = {}, namespace = 'default'): StoredNetwork {
  return {
    apiVersion: 'dswarm/v1',
    kind: 'Network',
    metadata: {
      name,
      namespace,
      uid: `uid-${namespace}-${name}`,
      generation: 1,
      resourceVersion: '0',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: { driver: 'mesh', internal: false, attachable: false, backend: 'wireguard', ...spec },
  };
}

/** The same with what it was given. */
export function given(object: StoredNetwork, status: NetworkStatus): StoredNetwork {
  return { ...object, status };
}

/** A service that is in these networks, made so many seconds after the first. */
export function member(
  name: string,
  networks?: string[],
  more: { age?: number; namespace?: string; spec?: Partial<ServiceSpec> } = {},
): StoredService {
  const object = service(
    name,
    { ...(networks === undefined ? {} : { networks: networks.map((each) => ({ name: each })) }), ...more.spec },
    more.namespace,
  );
  const creationTimestamp = `2026-01-01T00:00:${String(more.age ?? 0).padStart(2, '0')}Z`;
  return { ...object, metadata: { ...object.metadata, creationTimestamp } };
}

export function nodes(count: number): StoredNode[] {
  return Array.from({ length: count }, (_, index) => node(`h${index + 1}`, { ssh: { host: `192.0.2.${index + 1}`, port: 22 } }));
}
