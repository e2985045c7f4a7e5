import { DswarmError, hasCode } from '../errors/error.ts';
import { taskOfStep, type SlotProblem } from '../plan/slot-problem.ts';
import type { Chain, Step } from '../plan/step.ts';
import { classifyFailure, explainFailure, failureBackoff, isAvoided } from '../plan/step-failure.ts';
import type { Clock } from '../ports/clock.ts';
import type { Docker } from '../ports/docker.ts';
import type { Ids } from '../ports/ids.ts';
import type { Log } from '../ports/log.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Serving } from '../ports/serving.ts';
import { backoffDelay } from '../runtime/backoff.ts';
import { Limiter } from '../runtime/limiter.ts';
import { DelayedCalls } from './delayed-calls.ts';
import { ImagePulls } from './image-pulls.ts';
import { LastLogs } from './last-logs.ts';
import { EngineNetworks } from './networks.ts';
import { NodeTroubles } from './node-troubles.ts';
import { runStep, type StepContext } from './steps.ts';
import { Stops } from './stops.ts';
import { Withdrawals } from './withdrawals.ts';

export interface Engines {
  docker(node: string): Docker;
  refresh(node: string, ids: readonly string[]): Promise<void>;
  relist(node: string): Promise<void>;
}

export interface OperationsOptions {
  cluster: string;
  engines: Engines;
  clock: Clock;
  ids: Ids;
  log: Log;
  metrics: Metrics;
  /** Tables that lead to tasks; absent: there are none. */
  serving?: Serving;
  /** How many containers of one host may be starting at a time. */
  startsPerHost: number;
  /** A chain ended, well or not: its owner is to be planned again. */
  ended: (end: ChainEnd) => void;
}

export interface ChainEnd {
  owner: string;
  chain: Chain;
  /** Absent: it ran to its end. */
  error?: Error;
  /** Why it failed, in one word. */
  reason?: string;
}

interface Failure extends SlotProblem {
  specHash: string | undefined;
  attempts: number;
  /** Monotonic ms. */
  retryAt: number;
  /** Its slot need not wait: another node may take it at once. */
  isElsewhere: boolean;
}

interface FailedCall {
  error: Error;
  step: Step;
}

/** Failures in a row that a retry might have mended, and did not. */
const LASTING_AFTER = 3;

/**
 * Runs chains of steps, apart from the passes that planned them, so that a slow host or a long pull never holds up another slot. It is
 * the ledger of what is under way: a slot with a running chain is busy until the chain has ended and its node was read again. It is the
 * only caller of an engine's write methods.
 */
export class Operations {
  readonly #options: OperationsOptions;
  readonly #running = new Map<string, Map<string, { chain: Chain; abort: AbortController }>>();
  readonly #failures = new Map<string, Map<string, Failure>>();
  readonly lastLogs = new LastLogs();
  readonly #starts = new Map<string, Limiter>();
  readonly #stops = new Stops();
  readonly #pulls: ImagePulls;
  readonly #later: DelayedCalls;
  readonly networks: EngineNetworks;
  /** What nodes lack, as far as failed steps tell. */
  readonly troubles: NodeTroubles;
  readonly #pending = new Set<Promise<void>>();

  constructor(options: OperationsOptions) {
    this.#options = options;
    this.#later = new DelayedCalls(options.clock);
    this.troubles = new NodeTroubles(
      () => options.clock.monotonic(),
      () => options.ids.random(),
    );
    this.#pulls = new ImagePulls((node) => options.engines.docker(node), this.#mutating);
    const docker = (node: string): Docker => options.engines.docker(node);
    this.networks = new EngineNetworks({ cluster: options.cluster, docker, mutating: this.#mutating, log: options.log });
  }

  /** Slots with a running chain, and the spec hash each works towards. */
  busy(owner: string): ReadonlyMap<string, string | undefined> {
    return new Map([...(this.#running.get(owner) ?? [])].map(([slot, { chain }]) => [slot, chain.specHash]));
  }

  /** Slots that wait after a failure, and why; a failure of another spec does not count. */
  held(owner: string, specHash: string): ReadonlyMap<string, string> {
    const held = new Map<string, string>();
    for (const [slot, failure] of this.#relevant(owner, specHash)) {
      if (!failure.isElsewhere && failure.retryAt > this.#options.clock.monotonic()) held.set(slot, `retrying after: ${failure.message}`);
    }
    return held;
  }

  /** What failed last and was not made good since, by slot. */
  problems(owner: string, specHash: string): ReadonlyMap<string, SlotProblem> {
    return new Map(this.#relevant(owner, specHash));
  }

  /** Slots whose chain fails in a way that trying again does not mend: what a rollout counts as the failure of its task. */
  failedSlots(owner: string, specHash: string): ReadonlySet<string> {
    return new Set(this.#relevant(owner, specHash).flatMap(([slot, failure]) => (failure.isLasting ? [slot] : [])));
  }

  /** Milliseconds until the first held slot may be tried again; undefined where none is held. */
  nextRetry(owner: string, specHash: string): number | undefined {
    const waits = this.#relevant(owner, specHash).map(([, failure]) => failure.retryAt - this.#options.clock.monotonic());
    const due = waits.filter((wait) => wait > 0);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  /** Whether a container that is to go is known not to have been told so: how it has ended is its own doing. */
  isUntold(id: string): boolean {
    return this.#stops.isUntold(id);
  }

  launch(owner: string, chain: Chain): void {
    const chains = this.#running.get(owner) ?? new Map<string, { chain: Chain; abort: AbortController }>();
    if (chains.has(chain.slot)) throw new Error(`bug: slot ${chain.slot} of ${owner} is busy`);
    const abort = new AbortController();
    chains.set(chain.slot, { chain, abort });
    this.#running.set(owner, chains);
    this.#stops.planned(chain);
    const run = this.#run(owner, chain, abort.signal);
    this.#pending.add(run);
    void run.finally(() => this.#pending.delete(run));
  }

  /** Asks a chain to stop before its next step; a call that is under way is finished, so that nothing it makes is lost. */
  cancel(owner: string, slot: string): void {
    this.#running.get(owner)?.get(slot)?.abort.abort(new Superseded());
  }

  /** Forgets what is known of an owner that is no more. */
  forget(owner: string): void {
    this.#failures.delete(owner);
    this.lastLogs.keep(owner, new Set());
    this.troubles.forget(owner);
  }

  /** Stops all chains at their next step and waits for the calls under way, at most so many milliseconds. */
  async drain(ms: number): Promise<void> {
    this.#later.close();
    for (const chains of this.#running.values()) for (const { abort } of chains.values()) abort.abort(new Superseded());
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve);
      void Promise.allSettled(this.#pending).then(() => {
        cancel();
        resolve();
      });
    });
  }

  #relevant(owner: string, specHash: string): [string, Failure][] {
    return [...(this.#failures.get(owner) ?? [])].filter(([, failure]) => failure.specHash === undefined || failure.specHash === specHash);
  }

  readonly #mutating = (node: string, op: string): void => {
    this.#options.metrics.count('dswarm_mutations_total', { host: node, op });
  };

  async #run(owner: string, chain: Chain, signal: AbortSignal): Promise<void> {
    const touched = new Map<string, Set<string>>();
    let failure: FailedCall | undefined;
    const context = this.#context(owner, signal);
    const withdrawals = new Withdrawals(this.#options.serving, this.#later);
    for (const step of chain.steps) {
      if (!signal.aborted) withdrawals.begins(step);
      failure = await this.#step(step, context, touched);
      if (failure !== undefined) break;
    }
    await this.#readBack(touched, failure);
    withdrawals.end(failure !== undefined);
    this.#settle(owner, chain, failure);
  }

  #context(owner: string, signal: AbortSignal): StepContext {
    return {
      cluster: this.#options.cluster,
      docker: (node) => this.#options.engines.docker(node),
      pulls: this.#pulls,
      networks: this.networks,
      signal,
      created: undefined,
      starting: (node, call) =>
        this.#limiter(node).run(() => {
          // It may have waited long for the others of its host.
          signal.throwIfAborted();
          return call();
        }),
      stopping: async ({ id, spares }, call) => {
        const hadEnded = await this.#stops.tell(id, call);
        if (hadEnded && spares === true) throw new Superseded();
      },
      removed: (id) => this.#stops.removed(id),
      mutating: this.#mutating,
      withdraw: (task) => this.#options.serving?.withdraw(task) ?? Promise.resolve(),
      lastLog: (task, text) => this.lastLogs.set(owner, task, text),
    };
  }

  async #step(step: Step, context: StepContext, touched: Map<string, Set<string>>): Promise<FailedCall | undefined> {
    if (context.signal.aborted) return { error: context.signal.reason as Error, step };
    const ids = touched.get(step.node) ?? new Set<string>();
    touched.set(step.node, ids);
    if ('id' in step && step.id !== undefined) ids.add(step.id);
    try {
      const id = await runStep(step, context);
      if (id !== undefined) ids.add(id);
      if (step.op === 'create') context.created = id;
      return undefined;
    } catch (error) {
      return { error: error instanceof Error ? error : new Error(String(error)), step };
    }
  }

  /** The next plan must see what this chain did. After a failure the whole node is read: the call may have been applied (invariant 8). */
  async #readBack(touched: ReadonlyMap<string, ReadonlySet<string>>, failure: FailedCall | undefined): Promise<void> {
    const reads = [...touched].map(([node, ids]) => {
      if (failure?.step.node === node && !(failure.error instanceof Superseded)) return this.#options.engines.relist(node);
      return ids.size === 0 ? Promise.resolve() : this.#options.engines.refresh(node, [...ids]);
    });
    for (const result of await Promise.allSettled(reads)) {
      // A node that cannot be read is Unknown until its next full list; nothing is planned for it before that.
      if (result.status === 'rejected') this.#options.log.warn({ error: String(result.reason) }, 'reading a node after a change failed');
    }
  }

  #settle(owner: string, chain: Chain, failure: FailedCall | undefined): void {
    const error = failure?.error;
    const chains = this.#running.get(owner);
    chains?.delete(chain.slot);
    if (chains?.size === 0) this.#running.delete(owner);
    if (failure === undefined) this.#clear(owner, chain);
    else if (!(failure.error instanceof Superseded)) this.#fail(owner, chain, failure);
    this.#options.ended({
      owner,
      chain,
      ...(error === undefined || error instanceof Superseded ? {} : { error, ...this.#reasonOf(owner, chain) }),
    });
  }

  #reasonOf(owner: string, { slot }: Chain): Pick<ChainEnd, 'reason'> {
    const reason = this.#failures.get(owner)?.get(slot)?.reason;
    return reason === undefined ? {} : { reason };
  }

  #clear(owner: string, { slot, steps }: Chain): void {
    const failures = this.#failures.get(owner);
    failures?.delete(slot);
    if (failures?.size === 0) this.#failures.delete(owner);
    for (const { op, node } of steps) if (op === 'start') this.troubles.succeeded(node, owner);
  }

  #fail(owner: string, chain: Chain, { error, step }: FailedCall): void {
    const failures = this.#failures.get(owner) ?? new Map<string, Failure>();
    const before = failures.get(chain.slot);
    const attempts = before !== undefined && before.specHash === chain.specHash ? before.attempts + 1 : 1;
    const failure = classifyFailure({ op: step.op, code: error instanceof DswarmError ? error.code : undefined, message: error.message });
    this.troubles.note({ owner, specHash: chain.specHash, node: step.node, failure, message: error.message });
    const delay = backoffDelay(attempts, failureBackoff(failure), this.#options.ids.random());
    const where = 'where' in error && typeof error.where === 'string' ? `${error.where}: ` : '';
    failures.set(chain.slot, {
      specHash: chain.specHash,
      attempts,
      retryAt: this.#options.clock.monotonic() + delay,
      message: `${where}${explainFailure(error.message, failure, chain.target?.addresses)}`,
      reason: failure.reason === 'NodeUnreachable' ? undefined : failure.reason,
      task: taskOfStep(step, chain),
      isElsewhere: isAvoided(failure, step.op, chain.target?.hostPorts),
      isLasting: failure.reason === 'AddressConflict' ? attempts >= LASTING_AFTER : isLasting(error, attempts),
    });
    this.#failures.set(owner, failures);
  }

  #limiter(node: string): Limiter {
    const existing = this.#starts.get(node);
    if (existing !== undefined) return existing;
    const limiter = new Limiter(this.#options.startsPerHost);
    this.#starts.set(node, limiter);
    return limiter;
  }
}

/** A host that cannot be reached says nothing of the task (invariant 4). */
function isLasting(error: Error, attempts: number): boolean {
  if (hasCode(error, 'DSW_HOST_UNREACHABLE')) return false;
  return attempts >= LASTING_AFTER || !(error instanceof DswarmError) || !error.definition.retry;
}

/** Not a failure: what the chain worked towards is no longer wanted. */
class Superseded extends Error {
  constructor() {
    super('no longer wanted');
    this.name = 'Superseded';
  }
}
