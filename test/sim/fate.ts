import type { Docker } from '../../lib/ports/docker.ts';

/** One call that reaches an engine. */
export interface SimCall {
  /** Counts the calls of a run. */
  serial: number;
  node: string;
  op: keyof Docker;
  mutating: boolean;
  args: readonly unknown[];
}

/**
 * What becomes of a call:
 * - `pass`: it takes so many ms until it is applied, and so many until its answer is there (a list may be old when it comes).
 * - `refuse`: the engine says no.
 * - `drop`: it is never applied; the caller hears nothing until its deadline.
 * - `lost`: it is applied; the caller hears nothing until its deadline.
 * - `late`: it is applied so many ms after the caller has given up.
 * - `kill`: it is applied, and before its answer comes the controller is killed.
 */
export type Fate =
  | { kind: 'pass'; before: number; after: number }
  | { kind: 'refuse' }
  | { kind: 'drop' }
  | { kind: 'lost' }
  | { kind: 'late'; by: number }
  | { kind: 'kill' };

/** What becomes of an event on its way. `delay` lets later ones overtake it. */
export type EventFate = { kind: 'pass' } | { kind: 'drop' } | { kind: 'twice' } | { kind: 'delay'; ms: number };

/** What becomes of what a plane is told: `lost` is applied, and nothing is heard of it. */
export type PlaneFate = { kind: 'pass'; before: number; after: number } | { kind: 'refuse' } | { kind: 'lost' };

export interface FateSource {
  plane(node: string): PlaneFate;
  call(call: SimCall): Fate;
  event(node: string): EventFate;
}

export const PASS = { kind: 'pass', before: 0, after: 0 } as const;

/** The world as it should be. */
export const kindFate: FateSource = { call: () => PASS, plane: () => PASS, event: () => ({ kind: 'pass' }) };

/** Milliseconds after which a caller gives up: shorter than those of a real engine, so that runs are. */
const DEADLINES: Partial<Record<keyof Docker, number>> = {
  startContainer: 10_000,
  createContainer: 10_000,
  removeContainer: 10_000,
  pullImage: 20_000,
};
export const READ_DEADLINE_MS = 5_000;

export function deadlineOf({ op, args }: SimCall): number {
  if (op === 'stopContainer') return (args[1] as number) * 1000 + READ_DEADLINE_MS;
  return DEADLINES[op] ?? READ_DEADLINE_MS;
}
