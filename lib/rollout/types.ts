import type { RolloutConfig, UpdateStatus } from './config.ts';

/** One slot of the service as a rollout sees it. */
export interface RolloutSlot {
  slot: string;
  /** Holds a live task of another spec and none of the target's; false where that task's node cannot be reached. */
  dirty: boolean;
  /** May be begun now: no chain runs for it. */
  free: boolean;
  /** A chain runs for it, or a task of another spec still runs beside the target's. */
  busy: boolean;
  /** What it holds does not serve, or is more than one task: it goes first. */
  broken: boolean;
  /** Has lost its task of another spec by itself, and is about to get one of the target's. */
  vacant: boolean;
  /** Its task of the target's spec. */
  current?: RolloutTask;
}

export interface RolloutTask {
  name: string;
  /** running: healthy where there is a healthcheck. failed: crashed, unhealthy, or not to be started. lost: its node cannot be reached. */
  phase: 'pending' | 'running' | 'failed' | 'lost';
  /** It has ended before, whatever it does now: with exit code 0, or restarted by the engine. */
  endedEarly: boolean;
}

export interface RolloutTarget {
  specHash: string;
  generation: number;
  /** In a rollback: the hash of the spec that failed. */
  failedSpecHash?: string;
}

export interface RolloutInput {
  state: UpdateStatus | undefined;
  target: RolloutTarget;
  /** Hash of the spec that a rollback leads to; undefined where there is none. */
  previous: string | undefined;
  /** Of the update; of the rollback while the target is one. */
  config: RolloutConfig;
  /** A person holds the rollout: it watches, begins nothing and decides nothing. */
  held: boolean;
  /** Every wanted slot, in order. */
  slots: readonly RolloutSlot[];
  /** Milliseconds since the epoch. */
  now: number;
}

export interface RolloutStep {
  /** To be stored before anything is begun. */
  state: UpdateStatus | undefined;
  /** Slots whose task may be replaced now. */
  begin: readonly string[];
  /** The target changes to the previous spec: plan again from the stored state. */
  rollBack: boolean;
  /** When to look again though nothing happens. */
  requeueAfterMs?: number;
}
