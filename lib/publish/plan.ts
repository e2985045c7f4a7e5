import { reservedPorts } from '../dataplane/endpoints.ts';
import type { Blocked } from '../network/connected.ts';
import { endpointOf } from '../network/endpoint.ts';
import type { Port, PublishedPort, ServiceStatus } from '../types/generated.ts';
import { refOf, type ObjectRef, type StoredNetwork, type StoredNode, type StoredService } from '../types/objects.ts';
import { sameJson } from '../types/same-json.ts';
import { publisherKey } from './claims.ts';
import { grantPorts, type PortGrant } from './grants.ts';
import { areAllocated } from './match.ts';
import { portSummary } from './summary.ts';

export interface ReachInput {
  /** As they are to be carried out: in a rollback with the ports and networks of before. */
  services: readonly StoredService[];
  /** As they are stored. */
  read: (ref: ObjectRef & { kind: 'Service' }) => StoredService | undefined;
  /** With what they are given from now on. */
  networks: readonly StoredNetwork[];
  nodes: readonly StoredNode[];
}

/** How services are reached: what of their status is given out of one hand, as networks are. */
export type Reach = Pick<ServiceStatus, 'ports' | 'portSummary' | 'portsMessage' | 'endpoint'>;

/** The services for which this is to be written down anew. */
export function planReach({ services, read, networks, nodes }: ReachInput): StoredService[] {
  const grants = grantPorts(services, reservedPorts(nodes));
  const byNamespace = new Map<string | undefined, StoredNetwork[]>();
  for (const network of networks)
    byNamespace.set(network.metadata.namespace, [...(byNamespace.get(network.metadata.namespace) ?? []), network]);
  return services.flatMap((service) => {
    const stored = read({ ...refOf(service), kind: 'Service' });
    const grant = grants.get(publisherKey(service));
    if (stored === undefined || grant === undefined) return [];
    const endpoint = endpointOf(service, byNamespace.get(service.metadata.namespace) ?? []);
    const reach: Reach = { ...portStatus(grant), endpoint };
    return sameJson(reach, reachOf(stored.status)) ? [] : [{ ...stored, status: { ...withoutReach(stored.status), ...reach } }];
  });
}

export function reachOf(status: ServiceStatus | undefined): Reach {
  const { ports, portSummary: summary, portsMessage, endpoint } = status ?? {};
  return {
    ...(ports === undefined ? {} : { ports }),
    ...(summary === undefined ? {} : { portSummary: summary }),
    ...(portsMessage === undefined ? {} : { portsMessage }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

/** Without a data plane ports are bound by the engines alone, with the numbers that the spec gives. */
export function hostReach(ports: readonly Port[] | undefined): Reach {
  const given = (ports ?? []).flatMap(({ target, published, protocol, mode }): PublishedPort[] =>
    published === undefined || mode !== 'host' ? [] : [{ target, published, protocol, mode }],
  );
  return portStatus({ ports: given });
}

/** Why new tasks of a service must wait; undefined: they need not. */
export function whyUnpublished({ spec, status }: StoredService): Blocked | undefined {
  if (areAllocated(spec.ports, status?.ports)) return undefined;
  const { portsMessage } = status ?? {};
  return { reason: 'PortsNotPublished', message: portsMessage ?? NOT_YET, isLasting: portsMessage !== undefined };
}

const NOT_YET = 'its ports are not published yet';

function portStatus({ ports, problem }: PortGrant): Reach {
  return {
    ...(ports.length === 0 ? {} : { ports, portSummary: portSummary(ports) }),
    ...(problem === undefined ? {} : { portsMessage: problem }),
  };
}

function withoutReach(status: ServiceStatus | undefined): ServiceStatus {
  const { ports: _ports, portSummary: _summary, portsMessage: _message, endpoint: _endpoint, ...others } = status ?? {};
  return others;
}
