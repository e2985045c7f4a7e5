import { reservedPorts } from '../dataplane/endpoints.ts';
import { hostObstacles } from '../network/obstacles.ts';
import { networkObstacles, overlapWith } from '../network/subnets.ts';
import type { Snapshot } from '../ports/store.ts';
import { findPortConflicts, findReserved, type Publisher } from '../publish/claims.ts';
import type { Network } from '../types/generated.ts';
import { refKey, refOf, type Admitted, type StoredNode } from '../types/objects.ts';
import { sameJson } from '../types/same-json.ts';
import type { Problem } from './problem.ts';

/** What else there is, stored or about to be; the object itself may be among it. */
export interface Others {
  services: readonly Publisher[];
  networks: readonly Network[];
  nodes: readonly StoredNode[];
}

export const NO_OTHERS: Others = { services: [], networks: [], nodes: [] };

export function othersIn(snapshot: Snapshot): Others {
  return { services: snapshot.list('Service'), networks: snapshot.list('Network'), nodes: snapshot.list('Node') };
}

/**
 * What an object asks for and others have. What it asked for before, as it is stored, is not refused again: whoever stored it, a person
 * who changes something else cannot mend it in passing.
 */
export function findConflicts(object: Admitted, previous: Admitted | undefined, others: Others): Problem[] {
  if (object.kind === 'Service') {
    if (previous?.kind === 'Service' && sameJson(previous.spec.ports, object.spec.ports)) return [];
    const publisher = { ...object, ...(previous?.kind === 'Service' && previous.status !== undefined ? { status: previous.status } : {}) };
    const reserved = findReserved(publisher, reservedPorts(others.nodes));
    return [...reserved, ...findPortConflicts(publisher, others.services)].map(({ index, message }) => ({
      code: 'DSW_PORT_IN_USE',
      path: ['spec', 'ports', index],
      message,
    }));
  }
  return object.kind === 'Network' ? findOverlaps(object, previous, others) : [];
}

function findOverlaps(object: Network, previous: Admitted | undefined, { networks, nodes }: Others): Problem[] {
  const { subnet } = object.spec;
  if (subnet === undefined || (previous?.kind === 'Network' && previous.status?.subnet === subnet)) return [];
  const key = refKey(refOf(object));
  const others = networks.filter((network) => refKey(refOf(network)) !== key);
  const problem = overlapWith(subnet, [...networkObstacles(others), ...hostObstacles(nodes)]);
  return problem === undefined ? [] : [{ code: 'DSW_NETWORK_OVERLAP', path: ['spec', 'subnet'], message: problem.message }];
}
