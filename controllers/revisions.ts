import type { Found } from '../lib/jobs/iteration.ts';
import { workTarget, type WorkTarget } from '../lib/jobs/target.ts';
import { previousHash } from '../lib/rollout/target.ts';
import { recordRevision, rolledBack, type History, type RevisionStatus } from '../lib/rollout/revisions.ts';
import type { RolloutStep } from '../lib/rollout/types.ts';
import type { Ids } from '../lib/ports/ids.ts';
import type { Change, Snapshot } from '../lib/ports/store.ts';
import type { ServiceStatus } from '../lib/types/generated.ts';
import { parseRefKey, refOf, type StoredService } from '../lib/types/objects.ts';

/** What one pass knows of a service's revisions and its rollout. */
export interface Rollout {
  target: WorkTarget;
  history: History;
  /** Hash of the revision that a rollback would lead to. */
  previous: string | undefined;
}

export interface RolloutSources {
  snapshot: Snapshot;
  found: Found;
  now: number;
}

export function readRollout(service: StoredService, { snapshot, found, now }: RolloutSources): Rollout {
  const history = recordRevision(service, now);
  const target = workTarget(service, { revision: (ref) => snapshot.get(ref), found });
  return { target, history, previous: previousHash(history.status) };
}

/** What goes into the service's status: the rollout as the plan left it, and the revisions. */
export function rolloutStatus(
  { history }: Rollout,
  service: StoredService,
  step: RolloutStep | undefined,
): RevisionStatus & Pick<ServiceStatus, 'update'> {
  const update = step === undefined ? service.status?.update : step.state;
  return { ...(step?.rollBack === true ? rolledBack(history.status) : history.status), ...(update === undefined ? {} : { update }) };
}

export function revisionChanges({ add, drop }: History, ids: Ids): Change[] {
  const put: Change[] = add === undefined ? [] : [{ put: { ...add, metadata: { ...add.metadata, uid: ids.uid() } } }];
  return [...put, ...drop.map((ref) => ({ delete: ref }))];
}

/** Revisions of a service that is no more. */
export function orphanedRevisions(snapshot: Snapshot, key: string): Change[] {
  const { namespace, name } = parseRefKey(key);
  return snapshot
    .list('Revision', { namespace })
    .filter((revision) => revision.spec.service === name)
    .map((revision) => ({ delete: refOf(revision) }));
}
