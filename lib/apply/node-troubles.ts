import { failureBackoff, type FailureReason, type StepFailure } from '../plan/step-failure.ts';
import type { Avoidance, NodePressure } from '../plan/trouble.ts';
import { backoffDelay } from '../runtime/backoff.ts';

export interface Failed {
  owner: string;
  specHash: string | undefined;
  node: string;
  failure: StepFailure;
  /** The engine's words. */
  message: string;
}

interface Trouble extends Failed {
  attempts: number;
  /** Monotonic ms: until then nothing more is tried there that would fail the same way. */
  until: number;
}

/** So long after its last failure a trouble counts as a new one. */
const FORGET_MS = 600_000;

/** What nodes lack: learnt from steps that failed there in a way that other tasks would, too. Each is tried again after a while. */
export class NodeTroubles {
  readonly #troubles = new Map<string, Trouble>();
  readonly #monotonic: () => number;
  readonly #random: () => number;

  constructor(monotonic: () => number, random: () => number) {
    this.#monotonic = monotonic;
    this.#random = random;
  }

  note(failed: Failed): void {
    if (failed.failure.reach === 'task') return;
    const now = this.#monotonic();
    const key = keyOf(failed);
    const before = this.#troubles.get(key);
    const isSame = before !== undefined && now - before.until < FORGET_MS;
    // Tasks that were under way together fail together: that is one failure.
    const isAtOnce = isSame && before.until > now;
    const attempts = !isSame ? 1 : isAtOnce ? before.attempts : before.attempts + 1;
    const until = isAtOnce ? before.until : now + backoffDelay(attempts, failureBackoff(failed.failure), this.#random());
    this.#troubles.set(key, { ...failed, attempts, until });
  }

  /** A start went well there. */
  succeeded(node: string, owner: string): void {
    for (const [key, trouble] of this.#troubles) {
      if (trouble.node === node && (trouble.failure.reach === 'node' || trouble.owner === owner)) this.#troubles.delete(key);
    }
  }

  forget(owner: string): void {
    for (const [key, trouble] of this.#troubles)
      if (trouble.owner === owner && trouble.failure.reach === 'spec') this.#troubles.delete(key);
  }

  /** Where tasks of a service are not to be placed now. */
  avoidance(owner: string, specHash: string): Avoidance {
    const avoid = new Map<string, string>();
    const takenPorts = new Map<string, string[]>();
    for (const { node, failure, message, ...of } of this.#now()) {
      if (failure.reach === 'node') avoid.set(node, `${failure.reason}: ${message}`);
      if (failure.reach === 'spec' && of.owner === owner && of.specHash === specHash) avoid.set(node, `${failure.reason}: ${message}`);
      if (failure.port !== undefined) takenPorts.set(node, [...(takenPorts.get(node) ?? []), failure.port]);
    }
    return { avoid, takenPorts };
  }

  pressures(node: string): NodePressure[] {
    return this.#now().flatMap(({ failure, message, ...of }) =>
      of.node === node && failure.reach === 'node' ? [{ type: failure.reason as NodePressure['type'], message }] : [],
    );
  }

  /** Milliseconds until the first of them is tried again; `node`: of those of a node. */
  nextMs(node?: string): number | undefined {
    const waits = this.#now().flatMap((trouble) =>
      node === undefined || trouble.node === node ? [trouble.until - this.#monotonic()] : [],
    );
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  #now(): Trouble[] {
    return [...this.#troubles.values()].filter(({ until }) => until > this.#monotonic());
  }
}

function keyOf({ owner, specHash, node, failure }: Failed): string {
  const what: Partial<Record<StepFailure['reach'], string>> = { spec: `${owner} ${specHash ?? ''}`, port: failure.port ?? '' };
  const reason: FailureReason = failure.reason;
  return `${node} ${reason} ${what[failure.reach] ?? ''}`;
}
