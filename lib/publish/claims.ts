import type { Port, PublishedPort } from '../types/generated.ts';
import { refKey, type Kind } from '../types/objects.ts';
import { match, needsNumber } from './match.ts';

/** What of a service matters here; stored or about to be. */
export interface Publisher {
  kind: Kind;
  metadata: { name: string; namespace?: string; uid?: string };
  spec: { ports?: readonly Port[] };
  status?: { ports?: readonly PublishedPort[] };
}

/** A number that a service takes from the nodes. */
export interface Claim {
  published: number;
  protocol: Port['protocol'];
  mode: Port['mode'];
}

export interface PortConflict {
  /** Place in spec.ports. */
  index: number;
  message: string;
}

export function publisherKey({ kind, metadata }: Publisher): string {
  return refKey({ kind, namespace: metadata.namespace ?? 'default', name: metadata.name });
}

/** tcp, udp and sctp have numbers of their own. */
export function portKey({ published, protocol }: Pick<Claim, 'published' | 'protocol'>): string {
  return `${published}/${protocol}`;
}

/** The ports that a service asks for by number, and those that it was given for others. */
export function claimsOf({ spec, status }: Publisher): Claim[] {
  const wanted = (spec.ports ?? []).filter(needsNumber);
  const given = match(wanted, status?.ports ?? []);
  return wanted.flatMap(({ published, protocol, mode }, index) => {
    const number = published ?? given[index]?.published;
    return number === undefined ? [] : [{ published: number, protocol, mode }];
  });
}

/** Host and host do not conflict: the scheduler keeps those apart. */
export function areInConflict(one: Claim, other: Claim): boolean {
  return portKey(one) === portKey(other) && (one.mode === 'ingress' || other.mode === 'ingress');
}

/** The ports that a service asks for and others have, in Swarm's words. */
export function findPortConflicts(service: Publisher, others: Iterable<Publisher>): PortConflict[] {
  const asked = (service.spec.ports ?? []).flatMap(({ published, protocol, mode }, index) =>
    published === undefined ? [] : [{ index, claim: { published, protocol, mode } }],
  );
  if (asked.length === 0) return [];
  const conflicts = new Map<number, PortConflict>();
  for (const other of others) {
    if (publisherKey(other) === publisherKey(service)) continue;
    const claims = claimsOf(other);
    for (const { index, claim } of asked) {
      const taken = claims.find((each) => areInConflict(claim, each));
      if (taken !== undefined && !conflicts.has(index)) conflicts.set(index, { index, message: tellConflict(taken, other, service) });
    }
  }
  return [...conflicts.values()].sort((a, b) => a.index - b.index);
}

/** The ports that a service asks all nodes for and that they need themselves; `reserved`: `22/tcp`. */
export function findReserved({ spec }: Publisher, reserved: ReadonlySet<string>): PortConflict[] {
  return (spec.ports ?? []).flatMap(({ published, protocol, mode }, index) =>
    published !== undefined && mode === 'ingress' && reserved.has(portKey({ published, protocol }))
      ? [{ index, message: tellReserved(published) }]
      : [],
  );
}

export function tellReserved(published: number): string {
  return `port '${published}' is the hosts' own: they are reached by it, or talk to each other`;
}

/** The other by its namespace, too, where that is another. */
export function tellConflict({ published, mode }: Claim, { metadata }: Publisher, self: Publisher): string {
  const { name, namespace = 'default', uid } = metadata;
  const where = namespace === (self.metadata.namespace ?? 'default') ? name : `${namespace}/${name}`;
  const as = mode === 'ingress' ? 'an ingress port' : 'a host-published port';
  return `port '${published}' is already in use by service '${where}'${uid === undefined ? '' : ` (${uid})`} as ${as}`;
}
