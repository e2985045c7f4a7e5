import { parseDuration } from '../manifest/duration.ts';
import type { ServiceSpec, ServiceStatus } from '../types/generated.ts';

export type UpdateStatus = NonNullable<ServiceStatus['update']>;
export type UpdateSlot = NonNullable<UpdateStatus['slots']>[number];

export interface RolloutConfig {
  /** How many slots at a time; 0: all. */
  parallelism: number;
  delayMs: number;
  monitorMs: number;
  maxFailureRatio: number;
  failureAction: 'pause' | 'continue' | 'rollback';
  /** 0: none. */
  progressDeadlineMs: number;
}

/**
 * Docker Swarm watches for at least one second longer than the delay, so that a failure during the delay counts
 * (manager/orchestrator/update/updater.go).
 */
export function rolloutConfig(update: ServiceSpec['update'] | ServiceSpec['rollback']): RolloutConfig {
  const delayMs = parseDuration(update.delay);
  const monitorMs = parseDuration(update.monitor);
  return {
    parallelism: update.parallelism,
    delayMs,
    monitorMs: delayMs >= monitorMs ? delayMs + 1000 : monitorMs,
    maxFailureRatio: update.maxFailureRatio,
    failureAction: update.failureAction,
    progressDeadlineMs: parseDuration(update.progressDeadline),
  };
}
