import type { CronJobSpec, CronJobStatus } from '../../lib/types/generated.ts';
import type { StoredCronJob, StoredService } from '../../lib/types/objects.ts';
import { isoTime } from '../../lib/types/time.ts';
import { checkConditions } from '../../lib/conditions/check.ts';
import { expect } from 'chai';
import type { World } from './harness.ts';
import { job } from './job-world.ts';

/** A CronJob as admission would give it: every minute, with only what a test cares about spelled out. */
export function cronJob(spec: Partial<CronJobSpec> = {}, name = 'tick'): StoredCronJob {
  const metadata = { name, namespace: 'default', uid: `uid-${name}`, generation: 1, resourceVersion: '0' };
  return {
    apiVersion: 'dswarm/v1',
    kind: 'CronJob',
    metadata: { ...metadata, creationTimestamp: '2026-01-01T00:00:05Z' },
    spec: {
      schedule: '* * * * *',
      timeZone: 'UTC',
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
      serviceTemplate: { spec: job({ replicas: 1 }).spec },
      ...spec,
    },
  };
}

export const MINUTE = 60_000;

/** Turns the clock to the second after such a time of 1 January. */
export async function turnTo(world: World, time: string): Promise<void> {
  const left = Date.parse(`2026-01-01T${time}Z`) + 1_000 - world.clock.now();
  if (left <= 0) throw new Error(`it is ${isoTime(world.clock.now())} already`);
  await world.settle(left);
}

export function statusOf(world: World, name = 'tick'): CronJobStatus {
  const found = world.store.snapshot().get({ kind: 'CronJob', namespace: 'default', name });
  if (found === undefined) throw new Error(`no cron job ${name}`);
  expect(checkConditions(found)).to.deep.equal([]);
  return found.status ?? {};
}

/** Runs that are there, as HH:MM:SS of the time they serve, in order. */
export function runTimes(world: World, name = 'tick'): string[] {
  return runs(world, name)
    .map(({ metadata }) => metadata.annotations?.['dswarm/scheduled-at']?.slice(11, 19) ?? '')
    .sort();
}

export function runs(world: World, name = 'tick'): StoredService[] {
  return world.store
    .snapshot()
    .list('Service')
    .filter(({ metadata }) => metadata.annotations?.['dswarm/cron-job'] === name);
}

/** Reasons of the events about it, in order. */
export function told(world: World, name = 'tick'): string[] {
  return world.told.filter(({ about }) => about === `CronJob/${name}`).map(({ reason }) => reason);
}
