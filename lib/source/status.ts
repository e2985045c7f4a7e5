import { mergeConditions } from '../conditions/conditions.ts';
import type { SourceStatus } from '../types/generated.ts';
import { API_VERSION, type StoredSource } from '../types/objects.ts';
import { sameJson } from '../types/same-json.ts';
import type { SyncPlan } from './types.ts';

/** Errors that a status lists; the count tells how many there are. */
const MAX_ERRORS = 100;

export interface SourceInput {
  previous: StoredSource | undefined;
  plan: SyncPlan;
  name: string;
  /** Absolute path of the directory. */
  path: string;
  uid: string;
  /** RFC 3339 in UTC. */
  now: string;
}

/** The Source object after a sync; the previous one itself where nothing but the time has changed. */
export function sourceAfter(input: SourceInput): StoredSource {
  const { previous, name, path, uid, now } = input;
  const isMoved = previous !== undefined && previous.spec.path !== path;
  const generation = (previous?.metadata.generation ?? 1) + (isMoved ? 1 : 0);
  const status = statusOf(input, generation);
  if (previous !== undefined && !isMoved && sameJson({ ...previous.status, lastSync: now }, status)) return previous;
  const metadata =
    previous === undefined ? { name, uid, generation, resourceVersion: '0', creationTimestamp: now } : { ...previous.metadata, generation };
  return { apiVersion: API_VERSION, kind: 'Source', metadata, spec: { type: 'directory', path }, status };
}

function statusOf({ previous, plan, now }: SourceInput, generation: number): SourceStatus {
  const isReady = plan.state === 'Ready';
  const conditions = mergeConditions(
    [
      { type: 'Ready', status: isReady ? 'True' : 'False', reason: plan.state, message: plan.message },
      ...(isReady ? [] : [{ type: 'Stalled', status: 'True', reason: plan.state, message: plan.message } as const]),
    ],
    { previous: previous?.status?.conditions, now, generation },
  );
  const status: SourceStatus = {
    observedGeneration: generation,
    conditions,
    state: plan.state,
    message: plan.message,
    files: plan.files,
    objects: plan.objects,
    errorCount: new Set(plan.errors.map(({ file }) => file)).size,
    pendingDeleteCount: plan.pendingDeletes.length,
    lastSync: now,
  };
  if (plan.errors.length > 0) status.errors = plan.errors.slice(0, MAX_ERRORS);
  if (plan.pendingDeletes.length > 0) status.pendingDeletes = [...plan.pendingDeletes];
  if (plan.confirmToken !== undefined) status.confirmToken = plan.confirmToken;
  return status;
}
