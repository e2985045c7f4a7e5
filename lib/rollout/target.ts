import { specHash } from '../plan/spec-hash.ts';
import {
  ROLLBACK_ANNOTATION,
  ROLLOUT_PAUSED_ANNOTATION,
  type ObjectRef,
  type StoredRevision,
  type StoredService,
} from '../types/objects.ts';
import { isRollback } from './enter.ts';
import { revisionRef, type RevisionStatus } from './revisions.ts';
import { withTemplate } from './template.ts';

/** What a service is to run: its own spec, or after a failed update its previous one. */
export interface Target {
  /** The service as it is to be carried out; in a rollback with the earlier containers and the rollback's settings. */
  service: StoredService;
  specHash: string;
  /** In a rollback: hash of the spec that failed. */
  failedSpecHash?: string;
}

/**
 * A rolled back service runs the previous revision's containers until the container-shaping part of its spec changes: its file, if a file
 * owns it, is not rewritten, and scaling it does not try the failed spec again. Everything else follows the spec as it is.
 */
export function rolloutTarget(service: StoredService, read: (ref: ObjectRef & { kind: 'Revision' }) => StoredRevision | undefined): Target {
  const hash = specHash(service.spec);
  const { update, revision } = service.status ?? {};
  if (update === undefined || !isRollback(update) || update.failedSpecHash !== hash || revision === undefined) {
    return { service: askedBack(service, hash), specHash: hash };
  }
  const found = read(revisionRef(service, revision));
  if (found === undefined || found.spec.specHash !== update.specHash) return { service, specHash: hash };
  const spec = withTemplate(service.spec, found.spec.template);
  return {
    service: { ...service, spec: { ...spec, update: service.spec.rollback } },
    specHash: found.spec.specHash,
    failedSpecHash: hash,
  };
}

/** A rollback that a person asked for goes by the settings of rollback, too (Swarm). */
function askedBack(service: StoredService, hash: string): StoredService {
  if (service.metadata.annotations?.[ROLLBACK_ANNOTATION] !== hash) return service;
  return { ...service, spec: { ...service.spec, update: service.spec.rollback } };
}

/** Hash of the revision that a rollback would lead to. */
export function previousHash({ previousRevision, revisions }: RevisionStatus): string | undefined {
  return revisions?.find((ref) => ref.revision === previousRevision)?.specHash;
}

export function isHeld(service: StoredService): boolean {
  return service.metadata.annotations?.[ROLLOUT_PAUSED_ANNOTATION] === 'true';
}
