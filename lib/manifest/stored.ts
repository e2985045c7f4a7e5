import {
  CLIENT_ANNOTATION_PREFIX,
  IMPLICIT_ANNOTATION,
  SOURCE_ANNOTATION,
  type Admitted,
  type Stored,
  type StoredManifest,
  type StoredMeta,
} from '../types/objects.ts';
import { OWN_PREFIX } from './metadata.ts';
import { sameJson } from '../types/same-json.ts';

export interface StoredOptions {
  /** The object as the store has it now. */
  previous?: StoredManifest | undefined;
  /** Identity of a new object; that of an existing one stays. */
  uid: string;
  /** RFC 3339 in UTC. */
  now: string;
  /** The file that owns the object from now on; absent: whoever owned it before. */
  file?: string | undefined;
}

/**
 * An admitted object as the store keeps it: identity, status and bookkeeping of the previous one stay; generation counts changes of spec.
 * resourceVersion is the previous one's; the store gives the new one.
 */
export function toStored(admitted: Admitted, options: StoredOptions): StoredManifest {
  const { previous } = options;
  const metadata: StoredMeta = { ...admitted.metadata, ...identityOf(admitted, options) };
  const annotations = annotationsOf(admitted, options);
  if (Object.keys(annotations).length > 0) metadata.annotations = annotations;
  const status = previous?.status === undefined ? {} : { status: previous.status };
  return { ...admitted, metadata, ...status } as Stored<Admitted> as StoredManifest;
}

type Identity = Pick<StoredMeta, 'uid' | 'generation' | 'resourceVersion' | 'creationTimestamp' | 'deletionTimestamp' | 'managedFields'>;

function identityOf(admitted: Admitted, { previous, uid, now, file }: StoredOptions): Identity {
  if (previous === undefined) return { uid, generation: 1, resourceVersion: '0', creationTimestamp: now };
  const { generation, resourceVersion, creationTimestamp, managedFields, deletionTimestamp } = previous.metadata;
  const changes = sameJson(previous.spec, admitted.spec) ? 0 : 1;
  return {
    uid: previous.metadata.uid,
    generation: generation + changes,
    resourceVersion,
    creationTimestamp,
    ...(managedFields && { managedFields }),
    // As in Kubernetes a client takes no deletion back; a file that names the object does.
    ...(deletionTimestamp && file === undefined ? { deletionTimestamp } : {}),
  };
}

/** A file says nothing of clients' own annotations, so those stay; a client says what becomes of them itself. */
function annotationsOf(admitted: Admitted, { previous, file }: StoredOptions): Record<string, string> {
  const kept = Object.entries(previous?.metadata.annotations ?? {}).filter(
    ([key]) =>
      (key.startsWith(OWN_PREFIX) && key !== IMPLICIT_ANNOTATION) || (file !== undefined && key.startsWith(CLIENT_ANNOTATION_PREFIX)),
  );
  const source = file === undefined ? {} : { [SOURCE_ANNOTATION]: `file:${file}` };
  return { ...Object.fromEntries(kept), ...admitted.metadata.annotations, ...source };
}
