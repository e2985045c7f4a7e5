import { createHash } from 'node:crypto';
import { configure } from 'safe-stable-stringify';
import { LABELS } from '../plan/names.ts';
import { SHAPING_FIELDS_V1 } from '../plan/spec-hash.ts';
import type { ServiceSpec } from '../types/generated.ts';
import type { StoredService } from '../types/objects.ts';

const stringify = configure({ deterministic: true });

export interface Iteration {
  /** 0 at first, one more with each change of what the job does. */
  number: number;
  /** Equal for tasks of one iteration, and for no others. */
  specHash: string;
  /** It is not the one that the status tells of. */
  isNew: boolean;
  /** A guess: nodes that may tell more are still connecting. */
  isGuess?: boolean;
}

export interface Found {
  /** Labels of the service's containers that no record tells of. */
  labels: () => readonly Readonly<Record<string, string>>[];
  /** Nodes are still connecting for the first time. */
  settling: boolean;
}

/**
 * The iteration of a job in force: a change of its spec begins the next one (Swarm: every update of the service). Where the state was lost,
 * the job goes on with what its containers say, and does not run again.
 */
export function currentIteration(service: StoredService, found: Found): Iteration {
  const last = service.status?.job?.iteration;
  if (last === undefined) return firstIteration(service, found);
  const specHash = iterationHash(service.spec, last);
  if (specHash === service.status?.specHash) return { number: last, specHash, isNew: false };
  return { number: last + 1, specHash: iterationHash(service.spec, last + 1), isNew: true };
}

function firstIteration({ spec }: StoredService, { labels, settling }: Found): Iteration {
  const numbers = labels()
    .filter((each) => Object.hasOwn(each, LABELS.iteration))
    .map((each) => ({ number: Number(each[LABELS.iteration]), specHash: each[LABELS.specHash] }))
    .filter(({ number, specHash }) => Number.isSafeInteger(number) && number >= 0 && iterationHash(spec, number) === specHash)
    .map(({ number }) => number);
  const number = Math.max(0, ...numbers);
  return { number, specHash: iterationHash(spec, number), isNew: true, isGuess: settling && numbers.length === 0 };
}

/**
 * In version 1 of the algorithm: what a run is made of and how often it runs, by name, so that a field that arrives later changes nothing
 * where it is not given (invariant 11). `suspend` is not among them: a job that was held goes on.
 */
export function iterationHash(spec: ServiceSpec, iteration: number): string {
  const { restart, placement, resources, replicas, maxConcurrent } = spec;
  const shape: Record<string, unknown> = {
    iteration,
    replicas,
    maxConcurrent,
    resources,
    restart: [restart.condition, restart.delay, restart.maxAttempts, restart.window],
    placement: [placement?.constraints, placement?.preferences, placement?.maxReplicasPerNode],
  };
  for (const field of SHAPING_FIELDS_V1) shape[field] = spec[field];
  return `v1:${createHash('sha256')
    .update(stringify(shape) ?? '')
    .digest('hex')}`;
}
