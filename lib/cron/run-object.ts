import { admit } from '../manifest/admit.ts';
import type { Others } from '../manifest/beside.ts';
import { stripDefaults } from '../manifest/defaults.ts';
import type { Policy } from '../manifest/policy.ts';
import { toStored } from '../manifest/stored.ts';
import {
  API_VERSION,
  CRON_JOB_ANNOTATION,
  CRON_JOB_UID_ANNOTATION,
  SCHEDULED_AT_ANNOTATION,
  type JsonObject,
  type StoredCronJob,
  type StoredService,
} from '../types/objects.ts';
import { isoTime, parseIsoTime } from '../types/time.ts';
import type { Run } from './runs.ts';

export interface RunInput {
  cronJob: StoredCronJob;
  name: string;
  /** The time that it serves; ms since the epoch, as `now`. */
  time: number;
  policy: Policy;
  /** What else there is once the plan is carried out. */
  others: Others;
  uid: string;
  now: number;
}

/** The Service of a run, admitted like any other (invariant 17): the policy may be another since the template was. */
export function makeRun({ cronJob, name, time, policy, others, uid, now }: RunInput): { service: StoredService } | { refused: string } {
  const { metadata, spec } = cronJob.spec.serviceTemplate;
  const { namespace = 'default' } = cronJob.metadata;
  const value = {
    apiVersion: API_VERSION,
    kind: 'Service',
    metadata: { ...metadata, name, namespace },
    spec: stripDefaults('Service', spec as unknown as JsonObject),
  } as unknown as JsonObject;
  const { object, errors } = admit({ value }, { policy, others });
  if (object?.kind !== 'Service') return { refused: errors?.[0]?.message ?? 'it is not a Service' };
  const annotations = {
    ...object.metadata.annotations,
    [CRON_JOB_ANNOTATION]: cronJob.metadata.name,
    [CRON_JOB_UID_ANNOTATION]: cronJob.metadata.uid,
    [SCHEDULED_AT_ANNOTATION]: isoTime(time),
  };
  const stored = toStored({ ...object, metadata: { ...object.metadata, annotations } }, { uid, now: isoTime(now) });
  return { service: stored as StoredService };
}

/** Name of the CronJob that a Service is a run of. */
export function cronJobOf({ metadata }: { metadata: StoredService['metadata'] }): string | undefined {
  return metadata.annotations?.[CRON_JOB_ANNOTATION];
}

export function readRun({ metadata, status }: StoredService): Run {
  const isCurrent = status?.observedGeneration === metadata.generation;
  const state = isCurrent ? RUN_STATES[status.state ?? ''] : undefined;
  const time = parseIsoTime(metadata.annotations?.[SCHEDULED_AT_ANNOTATION] ?? metadata.creationTimestamp) ?? 0;
  return { name: metadata.name, time, state: state ?? 'active' };
}

const RUN_STATES: Readonly<Record<string, Run['state']>> = { Complete: 'complete', Failed: 'failed' };
