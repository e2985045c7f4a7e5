import { cronJobStatus, newlyEnded, planCronJob, type CronPlan } from '../lib/cron/plan.ts';
import { cronJobOf, makeRun, readRun } from '../lib/cron/run-object.ts';
import { hasCode } from '../lib/errors/error.ts';
import { othersIn } from '../lib/manifest/beside.ts';
import type { Policy } from '../lib/manifest/policy.ts';
import type { Clock } from '../lib/ports/clock.ts';
import type { EventSink } from '../lib/ports/events.ts';
import type { Ids } from '../lib/ports/ids.ts';
import type { Change, Snapshot, Store, StoreEvent } from '../lib/ports/store.ts';
import { DONE, type Outcome } from '../lib/runtime/outcome.ts';
import {
  CRON_JOB_UID_ANNOTATION,
  parseRefKey,
  refKey,
  refOf,
  type ObjectRef,
  type StoredCronJob,
  type StoredService,
} from '../lib/types/objects.ts';
import { isoTime } from '../lib/types/time.ts';
import { sameJson } from '../lib/types/same-json.ts';

export interface CronJobControllerOptions {
  store: Store;
  clock: Clock;
  ids: Ids;
  events: EventSink;
  /** Runs are admitted under it, like any Service. */
  policy: Policy;
}

/** A timer holds no more than 24 days, and a wall clock may be set meanwhile. */
const LONGEST_WAIT_MS = 3_600_000;

type CronJobRef = ObjectRef & { kind: 'CronJob' };

interface PassInput {
  ref: CronJobRef;
  cronJob: StoredCronJob;
  runs: readonly StoredService[];
  /** Left by a CronJob of that name that was deleted. */
  strays: readonly StoredService[];
  plan: CronPlan;
  /** The Service of the run that begins. */
  started?: StoredService;
}

/** Wiring only: begins runs when they are due, removes old ones, and writes down what is next. */
export class CronJobController {
  readonly #options: CronJobControllerOptions;

  constructor(options: CronJobControllerOptions) {
    this.#options = options;
  }

  async pass(key: string): Promise<Outcome> {
    const { store, clock } = this.#options;
    const ref = parseRefKey(key) as CronJobRef;
    const snapshot = store.snapshot();
    const cronJob = snapshot.get(ref);
    const owned = runsOf(snapshot, ref);
    if (cronJob === undefined) return this.#commit(owned.map((run) => ({ delete: refOf(run) })));
    const runs = owned.filter((run) => isRunOf(run, cronJob));
    const strays = owned.filter((run) => !isRunOf(run, cronJob));
    const seen = { cronJob, runs: runs.map(readRun), isTaken: (name: string) => isTaken(snapshot, ref, { name, runs }), now: clock.now() };
    const planned = planCronJob(seen);
    const pass = this.#withRun({ ref, cronJob, runs, strays, plan: planned }, snapshot);
    const status = cronJobStatus({ ...seen, plan: pass.plan });
    const outcome = await this.#commit(this.#changes(pass, status));
    if (outcome !== DONE) return outcome;
    this.#tell(pass);
    const { next } = pass.plan;
    if (next === undefined) return DONE;
    return {
      kind: 'requeue',
      afterMs: Math.min(LONGEST_WAIT_MS, Math.max(0, next - clock.now())),
      why: `the next run is due at ${isoTime(next)}`,
    };
  }

  /** A run that admission refuses does not begin, and its time is not served. */
  #withRun(pass: PassInput, snapshot: Snapshot): PassInput {
    const { start, ...rest } = pass.plan;
    if (start === undefined) return pass;
    const { policy, ids, clock } = this.#options;
    const others = { ...othersIn(snapshot), services: snapshot.list('Service').filter((service) => !goes(service, pass)) };
    const made = makeRun({ cronJob: pass.cronJob, ...start, policy, others, uid: ids.uid(), now: clock.now() });
    if ('service' in made) return { ...pass, started: made.service };
    return { ...pass, plan: { ...rest, remove: rest.remove.filter(({ why }) => why !== 'Replaced'), problem: made.refused } };
  }

  #changes({ ref, cronJob, runs, strays, plan, started }: PassInput, status: NonNullable<StoredCronJob['status']>): Change[] {
    const gone = new Set(plan.remove.map(({ name }) => name));
    const removed = [...runs.filter(({ metadata }) => gone.has(metadata.name)), ...strays];
    return [
      ...removed.map((run): Change => ({ delete: refOf(run) })),
      // A second start of the same time finds it there.
      ...(started === undefined ? [] : [{ put: started, expect: 'absent' as const }]),
      ...(sameJson(status, cronJob.status)
        ? []
        : [{ put: { ...cronJob, kind: ref.kind, status }, expect: cronJob.metadata.resourceVersion }]),
    ];
  }

  async #commit(changes: readonly Change[]): Promise<Outcome> {
    try {
      if (changes.length > 0) await this.#options.store.commit(changes);
      return DONE;
    } catch (error) {
      if (hasCode(error, 'DSW_STORE_CONFLICT')) return { kind: 'requeue', afterMs: 0, why: error.message };
      throw error;
    }
  }

  #tell({ ref, cronJob, runs, plan, started }: PassInput): void {
    const { events } = this.#options;
    for (const { name, why } of plan.remove) events.emit(ref, 'Normal', `Run${why}`, `removed ${name}: ${REMOVED[why]}`);
    if (started !== undefined && plan.start !== undefined)
      events.emit(ref, 'Normal', 'RunStarted', `started ${plan.start.name} for ${isoTime(plan.start.time)}`);
    if (plan.missed > 0) events.emit(ref, 'Warning', 'MissedSchedule', `${plan.missed} times passed without a run`);
    if (plan.problem !== undefined && plan.problem !== cronJob.status?.message) events.emit(ref, 'Warning', 'RunRefused', plan.problem);
    for (const { name, state } of newlyEnded(runs.map(readRun), cronJob.status ?? {})) {
      if (state === 'complete') events.emit(ref, 'Normal', 'RunCompleted', `${name} completed`);
      else events.emit(ref, 'Warning', 'RunFailed', `${name} failed`);
    }
  }
}

/** What this pass removes holds no port any more. */
const goes = (service: StoredService, { plan, runs }: PassInput): boolean =>
  runs.includes(service) && plan.remove.some(({ name }) => name === service.metadata.name);

const REMOVED = { Replaced: 'the next run takes its place', HistoryLimit: 'beyond the history limit' } as const;

export function runsOf(snapshot: Snapshot, { namespace, name }: ObjectRef): StoredService[] {
  return snapshot.list('Service', { namespace }).filter((service) => cronJobOf(service) === name);
}

function isRunOf({ metadata }: StoredService, cronJob: StoredCronJob): boolean {
  return metadata.annotations?.[CRON_JOB_UID_ANNOTATION] === cronJob.metadata.uid;
}

function isTaken(snapshot: Snapshot, { namespace }: ObjectRef, { name, runs }: { name: string; runs: readonly StoredService[] }): boolean {
  const service = snapshot.get({ kind: 'Service', namespace, name });
  return service !== undefined && !runs.includes(service);
}

/** Keys of all CronJobs, and of those that are no more and have left runs. */
export function cronJobKeys(snapshot: Snapshot): Set<string> {
  const own = snapshot.list('CronJob').map((cronJob) => refKey(refOf(cronJob)));
  return new Set([...own, ...snapshot.list('Service').flatMap(keyOfRun)]);
}

function keyOfRun(service: StoredService): string[] {
  const name = cronJobOf(service);
  return name === undefined ? [] : [refKey({ kind: 'CronJob', namespace: service.metadata.namespace, name })];
}

/** Key of the CronJob that has something to do because of what happened. */
export function cronJobConcerned({ type, object, previous }: StoreEvent): string[] {
  if (object.kind === 'CronJob') {
    const isStatus = type === 'MODIFIED' && previous?.metadata.generation === object.metadata.generation;
    return isStatus ? [] : [refKey(refOf(object))];
  }
  if (object.kind !== 'Service') return [];
  const isNews = type !== 'MODIFIED' || (previous?.kind === 'Service' && previous.status?.state !== object.status?.state);
  return isNews ? keyOfRun(object) : [];
}
