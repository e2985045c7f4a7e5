import type { ServiceSpec } from '../types/generated.ts';
import type { StoredService } from '../types/objects.ts';

/** Whether the service runs to completion. */
export function isJob({ mode }: Pick<ServiceSpec, 'mode'>): boolean {
  return mode === 'replicated-job' || mode === 'global-job';
}

/** A job as it is carried out: what has done its work is not started again, so `any` means on-failure (SwarmKit: the jobs' orchestrator). */
export function carriedOut(service: StoredService): StoredService {
  const { restart } = service.spec;
  if (restart.condition !== 'any') return service;
  return { ...service, spec: { ...service.spec, restart: { ...restart, condition: 'on-failure' } } };
}

/** How many tasks of a replicated job run at a time. */
export function concurrencyOf({ maxConcurrent, replicas }: ServiceSpec): number {
  return Math.min(maxConcurrent ?? replicas, replicas);
}
