import type { CronJob, Event, Kinds, Network, Node, ObjectMeta, Revision, Service, Source, Task } from './generated.ts';

export type Kind = keyof Kinds;

export const API_VERSION = 'dswarm/v1';

/** Bookkeeping of an object in the store; resourceVersion is the store's revision at its last change, in decimal. */
export interface StoredMeta extends ObjectMeta {
  uid: string;
  generation: number;
  resourceVersion: string;
  /** RFC 3339 in UTC. */
  creationTimestamp: string;
}

export type Stored<T> = Omit<T, 'metadata'> & { metadata: StoredMeta };

export type StoredCronJob = Stored<CronJob>;
export type StoredEvent = Stored<Event>;
export type StoredNetwork = Stored<Network>;
export type StoredNode = Stored<Node>;
export type StoredRevision = Stored<Revision>;
export type StoredService = Stored<Service>;
export type StoredSource = Stored<Source>;
export type StoredTask = Stored<Task>;

export type StoredKinds = { [K in Kind]: Stored<Kinds[K]> };
export type AnyStored = StoredKinds[Kind];

/** An object after admission (validated, defaulted), before the store has given it an identity. */
export type Admitted = Service | Node | Network | CronJob;

/** The same in the store. */
export type StoredManifest = StoredService | StoredNode | StoredNetwork | StoredCronJob;

/** What a user wrote or a client sent, before validation. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

export interface ObjectRef {
  kind: Kind;
  /** Absent for cluster-scoped kinds. */
  namespace?: string | undefined;
  name: string;
}

/** `Service/shop/web`, `Node/h1`: the key of queues, indexes and messages. */
export function refKey(ref: ObjectRef): string {
  return ref.namespace === undefined ? `${ref.kind}/${ref.name}` : `${ref.kind}/${ref.namespace}/${ref.name}`;
}

export function parseRefKey(key: string): ObjectRef {
  const [kind, first, second] = key.split('/') as [Kind, string, string | undefined];
  return second === undefined ? { kind, name: first } : { kind, namespace: first, name: second };
}

export function refOf(object: { kind: Kind; metadata: { name: string; namespace?: string } }): ObjectRef {
  return { kind: object.kind, namespace: object.metadata.namespace, name: object.metadata.name };
}

/** Annotation that names the one source an object belongs to: `file:PATH` under the watched directory. Absent: the API. */
export const SOURCE_ANNOTATION = 'dswarm/source';

/** Annotation of a network that the controller made for services that name none: it goes with the last of them. Any change by a user ends that. */
export const IMPLICIT_ANNOTATION = 'dswarm/implicit';

/** Annotations of a run: name and uid of the CronJob that it belongs to, and the time that it serves. */
export const CRON_JOB_ANNOTATION = 'dswarm/cron-job';
export const CRON_JOB_UID_ANNOTATION = 'dswarm/cron-job-uid';
export const SCHEDULED_AT_ANNOTATION = 'dswarm/scheduled-at';

/** Annotation of a service: `true` holds its rollout, as `kubectl rollout pause` holds a Deployment's. */
export const ROLLOUT_PAUSED_ANNOTATION = 'dswarm.io/rollout-paused';

/** Spec hash of the revision that was gone back to: as long as the spec is that one, its rollout goes by the settings of `rollback`. */
export const ROLLBACK_ANNOTATION = 'dswarm.io/rolled-back-to';

/** Annotations that clients keep for themselves; they live in the store, never in a user's file. */
export const CLIENT_ANNOTATION_PREFIX = 'kubectl.kubernetes.io/';

/** The path of the file that owns an object, or undefined where the store alone holds it. */
export function owningFile(object: { metadata: { annotations?: Record<string, string> } }): string | undefined {
  const source = object.metadata.annotations?.[SOURCE_ANNOTATION];
  return source?.startsWith('file:') === true ? source.slice('file:'.length) : undefined;
}
