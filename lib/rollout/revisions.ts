import { namespaceOf } from '../plan/names.ts';
import { specHash } from '../plan/spec-hash.ts';
import type { ServiceStatus } from '../types/generated.ts';
import { API_VERSION, type ObjectRef, type StoredRevision, type StoredService } from '../types/objects.ts';
import { isoTime } from '../types/time.ts';
import { isRunning, isPaused, isRollback } from './enter.ts';
import { templateOf } from './template.ts';

/** How many revisions of a service are kept, the current one among them (Deployment's revisionHistoryLimit is 10). */
export const REVISION_LIMIT = 10;

export type RevisionRefs = NonNullable<ServiceStatus['revisions']>;

/** What a service's status says of its revisions. */
export type RevisionStatus = Pick<ServiceStatus, 'revision' | 'previousRevision' | 'revisions'>;

export interface History {
  status: RevisionStatus;
  /** To store: the revision of a spec that has not been seen before. */
  add?: Omit<StoredRevision, 'metadata'> & { metadata: Omit<StoredRevision['metadata'], 'uid'> };
  drop: ObjectRef[];
}

export function revisionRef(service: StoredService, revision: number): ObjectRef & { kind: 'Revision' } {
  return { kind: 'Revision', namespace: namespaceOf(service), name: `${service.metadata.name}-${revision}` };
}

/** The history with the service's present spec in it. A spec seen before moves to the end under its new number, as Deployments do. */
export function recordRevision(service: StoredService, now: number): History {
  const refs = service.status?.revisions ?? [];
  const hash = specHash(service.spec);
  if (refs.at(-1)?.specHash === hash) return { status: statusOf(service), drop: [] };
  const current = { revision: service.metadata.generation, specHash: hash };
  const previous = goodRevision(service);
  const others = refs.filter((ref) => ref.specHash !== hash && ref.revision !== current.revision);
  const kept = keepLatest(others, previous);
  const isKept = kept.some((ref) => ref.revision === previous);
  return {
    status: {
      revision: current.revision,
      ...(isKept && previous !== undefined ? { previousRevision: previous } : {}),
      revisions: [...kept, current],
    },
    add: revisionObject(service, current, now),
    drop: refs.filter((ref) => !kept.includes(ref) && ref.revision !== current.revision).map((ref) => revisionRef(service, ref.revision)),
  };
}

function statusOf({ status }: StoredService): RevisionStatus {
  return {
    ...(status?.revision === undefined ? {} : { revision: status.revision }),
    ...(status?.previousRevision === undefined ? {} : { previousRevision: status.previousRevision }),
    ...(status?.revisions === undefined ? {} : { revisions: status.revisions }),
  };
}

/**
 * Where a rollback of the next spec leads: the revision that runs, or, where its own rollout has not come to its end, the one before it.
 * (Swarm always takes the spec before, even one that never worked.)
 */
function goodRevision({ status }: StoredService): number | undefined {
  const update = status?.update;
  const isOnItsWay = update !== undefined && !isRollback(update) && (isRunning(update) || isPaused(update));
  return isOnItsWay ? (status?.previousRevision ?? status?.revision) : status?.revision;
}

function keepLatest(refs: RevisionRefs, always: number | undefined): RevisionRefs {
  const latest = new Set(refs.slice(-(REVISION_LIMIT - 1)));
  return refs.filter((ref) => latest.has(ref) || ref.revision === always);
}

/** After an automatic rollback the previous revision is the current one, and there is none before it. */
export function rolledBack(status: RevisionStatus): RevisionStatus {
  const { previousRevision, ...rest } = status;
  return previousRevision === undefined ? status : { ...rest, revision: previousRevision };
}

function revisionObject(service: StoredService, ref: RevisionRefs[number], now: number): NonNullable<History['add']> {
  const { name, namespace } = { name: revisionRef(service, ref.revision).name, namespace: namespaceOf(service) };
  return {
    apiVersion: API_VERSION,
    kind: 'Revision',
    metadata: {
      name,
      namespace,
      generation: 1,
      resourceVersion: '0',
      creationTimestamp: isoTime(now),
      labels: { 'dswarm/service': service.metadata.name },
    },
    spec: {
      service: service.metadata.name,
      serviceUid: service.metadata.uid,
      revision: ref.revision,
      specHash: ref.specHash,
      image: service.spec.image,
      template: templateOf(service.spec),
    },
  };
}
