import { parseDuration } from '../manifest/duration.ts';
import type { Service } from '../types/generated.ts';

export type RestartSpec = Service['spec']['restart'];

/** Swarm's delay where a restart is the controller's and no delay is given is 5 s; here the backoff of crash loops takes its place. */
export interface RestartPolicy {
  condition: RestartSpec['condition'];
  /** Milliseconds, always the same; undefined: the backoff of crash loops. */
  delayMs: number | undefined;
  /** 0: any number. */
  maxAttempts: number;
  /** Milliseconds over which attempts are counted; 0: for ever. */
  windowMs: number;
}

/** Whether the controller restarts, not the engine: what is asked for is more than the engine's own restart policy can express. */
export function isControllers(restart: RestartSpec): boolean {
  return restart.delay !== undefined || restart.maxAttempts !== undefined || restart.window !== undefined;
}

export function restartPolicy(restart: RestartSpec): RestartPolicy {
  return {
    condition: restart.condition,
    delayMs: restart.delay === undefined ? undefined : parseDuration(restart.delay),
    maxAttempts: restart.maxAttempts ?? 0,
    windowMs: restart.window === undefined ? 0 : parseDuration(restart.window),
  };
}
