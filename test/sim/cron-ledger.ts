import { parseDuration } from '../../lib/manifest/duration.ts';
import { readRun } from '../../lib/cron/run-object.ts';
import type { StoreEvent } from '../../lib/ports/store.ts';
import {
  CRON_JOB_ANNOTATION,
  CRON_JOB_UID_ANNOTATION,
  SCHEDULED_AT_ANNOTATION,
  type StoredCronJob,
  type StoredService,
} from '../../lib/types/objects.ts';
import { parseIsoTime } from '../../lib/types/time.ts';
import type { SimWorld } from './world.ts';

/** A controller that is up begins a run so soon after its time, ms. */
const PROMPT_MS = 3_000;

/** What the simulated users write: every so many seconds. The product's own reading of schedules is not asked. */
const periodOf = ({ spec }: StoredCronJob): number => Number(/^\*\/(\d+) /.exec(spec.schedule)?.[1] ?? 0) * 1_000;

/** Which runs began, by CronJob: that each time is served once, the latest of those that were missed only, and none left out. */
export class CronLedger {
  readonly #world: SimWorld;
  /** The last time that was served, by uid of the CronJob; wall ms. */
  readonly #served = new Map<string, number>();
  /** When a user last changed it, by uid; wall ms. */
  readonly #changed = new Map<string, number>();

  /** Uids of runs that were over once: a controller that has just started does not know yet of those that failed. */
  readonly #over = new Set<string>();

  constructor(world: SimWorld) {
    this.#world = world;
  }

  changed({ metadata }: StoredCronJob): void {
    this.#changed.set(metadata.uid, this.#world.clock.now());
  }

  /** What is wrong with a run that begins by this write, if anything is. */
  check({ type, object }: StoreEvent): string | undefined {
    if (object.kind !== 'Service') return undefined;
    if (readRun(object).state !== 'active') this.#over.add(object.metadata.uid);
    return type === 'ADDED' ? this.#checkBegun(object) : undefined;
  }

  #checkBegun(object: StoredService): string | undefined {
    const {
      [CRON_JOB_ANNOTATION]: owner,
      [CRON_JOB_UID_ANNOTATION]: uid,
      [SCHEDULED_AT_ANNOTATION]: text,
    } = object.metadata.annotations ?? {};
    if (owner === undefined) return undefined;
    const cronJob = this.#world.store.snapshot().get({ kind: 'CronJob', namespace: 'default', name: owner });
    const time = parseIsoTime(text ?? '');
    if (cronJob === undefined || cronJob.metadata.uid !== uid || time === undefined) return `run ${object.metadata.name} has no CronJob`;
    const before = this.#served.get(cronJob.metadata.uid);
    this.#served.set(cronJob.metadata.uid, time);
    const why = this.#whyNot(cronJob, time, before) ?? this.#whyBeside(cronJob) ?? this.#leftOut(cronJob, time, before);
    return why === undefined ? undefined : `run ${object.metadata.name}: ${why}`;
  }

  #whyNot(cronJob: StoredCronJob, time: number, before: number | undefined): string | undefined {
    const now = this.#world.clock.now();
    const period = periodOf(cronJob);
    if (cronJob.spec.suspend) return 'its CronJob is suspended';
    if (before !== undefined && time <= before) return 'its time was served before';
    if (time !== Math.floor(now / period) * period) return 'its time is not the latest of its schedule';
    return now - time > this.#deadline(cronJob) ? 'it is later than it may be' : undefined;
  }

  #whyBeside({ metadata, spec }: StoredCronJob): string | undefined {
    const own = this.#world.services().filter((run) => run.metadata.annotations?.[CRON_JOB_UID_ANNOTATION] === metadata.uid);
    const active = own.filter((run) => !this.#over.has(run.metadata.uid)).length;
    return spec.concurrencyPolicy !== 'Allow' && active > 1 ? `${active} runs go on with ${spec.concurrencyPolicy}` : undefined;
  }

  /** A time in between that a controller was there to serve, or to catch up on. */
  #leftOut(cronJob: StoredCronJob, time: number, before: number | undefined): string | undefined {
    // Forbid passes times over while a run goes on.
    if (before === undefined || cronJob.spec.concurrencyPolicy === 'Forbid') return undefined;
    const period = periodOf(cronJob);
    const { upSince } = this.#world;
    const changed = this.#changed.get(cronJob.metadata.uid) ?? 0;
    for (let missed = (Math.floor(before / period) + 1) * period; missed < time; missed += period) {
      const servedFrom = Math.max(missed, upSince);
      const isLate = servedFrom - missed + PROMPT_MS > this.#deadline(cronJob);
      if (changed + PROMPT_MS <= missed && servedFrom + PROMPT_MS <= missed + period && !isLate)
        return `the time ${new Date(missed).toISOString()} was left out`;
    }
    return undefined;
  }

  #deadline({ spec }: StoredCronJob): number {
    return spec.startingDeadline === undefined ? Infinity : (parseDuration(spec.startingDeadline) ?? Infinity);
  }
}
