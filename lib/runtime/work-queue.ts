import { Observable, type OperatorFunction } from 'rxjs';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import { noMetrics, type Metrics } from '../ports/metrics.ts';
import { backoffDelay, type BackoffOptions } from './backoff.ts';
import type { Outcome } from './outcome.ts';

export interface WorkQueueOptions {
  /** For metrics: the label `name` of client-go's workqueue_* and controller of controller_runtime_*. */
  name: string;
  clock: Clock;
  ids: Ids;
  concurrency: number;
  process: (key: string) => Promise<Outcome>;
  backoff?: BackoffOptions;
  /** Milliseconds from the end of a key's pass to its next one: what happens meanwhile is dealt with in one pass. Default 0. */
  restMs?: number;
  metrics?: Metrics;
}

export interface Pass {
  key: string;
  outcome: Outcome;
}

const DEFAULT_BACKOFF: BackoffOptions = { initialMs: 200, maxMs: 30_000, jitter: 0.3 };

/**
 * Keys in, passes out (client-go's rate limiting queue as an rxjs operator). A key that waits is there once however often it is added;
 * at most one pass of a key runs at a time; a key added during its pass runs once more (invariant 2). Failures come back with backoff;
 * a failing key never holds up another (invariant 15). Unsubscribing starts no further pass; running ones end by themselves.
 */
export function workQueue(options: WorkQueueOptions): OperatorFunction<string, Pass> {
  return (keys) =>
    new Observable<Pass>((subscriber) => {
      const queue = new KeyedQueue(options, (pass) => subscriber.next(pass));
      const subscription = keys.subscribe({ next: (key) => queue.add(key), error: (error: unknown) => subscriber.error(error) });
      return () => {
        subscription.unsubscribe();
        queue.stop();
      };
    });
}

class KeyedQueue {
  /** In order of arrival, with when each was added (monotonic ms). */
  readonly #waiting = new Map<string, number>();
  readonly #running = new Set<string>();
  readonly #again = new Set<string>();
  readonly #timers = new Map<string, { due: number; cancel: () => void }>();
  readonly #failures = new Map<string, number>();
  /** When the last pass of a key ended, where it is to rest (monotonic ms). */
  readonly #ended = new Map<string, number>();
  readonly #options: WorkQueueOptions;
  readonly #emit: (pass: Pass) => void;
  readonly #metrics: Metrics;
  #stopped = false;

  constructor(options: WorkQueueOptions, emit: (pass: Pass) => void) {
    this.#options = options;
    this.#emit = emit;
    this.#metrics = options.metrics ?? noMetrics;
    this.#metrics.set('controller_runtime_max_concurrent_reconciles', options.concurrency, { controller: options.name });
  }

  add(key: string): void {
    if (this.#stopped) return;
    this.#metrics.count('workqueue_adds_total', { name: this.#options.name });
    const rest = this.#restOf(key);
    if (this.#running.has(key)) this.#again.add(key);
    else if (rest > 0) this.#addLater(key, rest);
    else if (!this.#waiting.has(key)) this.#waiting.set(key, this.#options.clock.monotonic());
    this.#pump();
  }

  /** Milliseconds for which a key that has just had its pass waits, so that what happens together is dealt with together. */
  #restOf(key: string): number {
    const ended = this.#ended.get(key);
    if (ended === undefined) return 0;
    const left = ended + (this.#options.restMs ?? 0) - this.#options.clock.monotonic();
    if (left <= 0) this.#ended.delete(key);
    return left;
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting.clear();
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  #pump(): void {
    for (const [key, since] of this.#waiting) {
      if (this.#running.size >= this.#options.concurrency) break;
      this.#waiting.delete(key);
      this.#running.add(key);
      this.#metrics.observe('workqueue_queue_duration_seconds', (this.#options.clock.monotonic() - since) / 1000, {
        name: this.#options.name,
      });
      void this.#run(key);
    }
    this.#metrics.set('workqueue_depth', this.#waiting.size, { name: this.#options.name });
    this.#metrics.set('controller_runtime_active_workers', this.#running.size, { controller: this.#options.name });
  }

  async #run(key: string): Promise<void> {
    const began = this.#options.clock.monotonic();
    const outcome = await this.#attempt(key);
    const seconds = (this.#options.clock.monotonic() - began) / 1000;
    this.#metrics.observe('workqueue_work_duration_seconds', seconds, { name: this.#options.name });
    this.#metrics.observe('controller_runtime_reconcile_time_seconds', seconds, { controller: this.#options.name });
    this.#metrics.count('controller_runtime_reconcile_total', { controller: this.#options.name, result: resultLabel(outcome) });
    if (outcome.kind === 'failed') this.#countError(outcome.retry);
    this.#running.delete(key);
    if (this.#stopped) return;
    if (this.#options.restMs !== undefined) this.#ended.set(key, this.#options.clock.monotonic());
    this.#schedule(key, outcome);
    if (this.#again.delete(key)) this.add(key);
    this.#pump();
    this.#emit({ key, outcome });
  }

  #countError(isRetried: boolean): void {
    const labels = { controller: this.#options.name };
    this.#metrics.count('controller_runtime_reconcile_errors_total', labels);
    if (!isRetried) this.#metrics.count('controller_runtime_terminal_reconcile_errors_total', labels);
  }

  async #attempt(key: string): Promise<Outcome> {
    try {
      return await this.#options.process(key);
    } catch (error) {
      return { kind: 'failed', error: error instanceof Error ? error : new Error(String(error)), retry: true };
    }
  }

  #schedule(key: string, outcome: Outcome): void {
    if (outcome.kind !== 'failed') this.#failures.delete(key);
    if (outcome.kind === 'requeue') this.#addLater(key, outcome.afterMs);
    if (outcome.kind !== 'failed' || !outcome.retry) return;
    const attempt = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, attempt);
    this.#metrics.count('workqueue_retries_total', { name: this.#options.name });
    this.#addLater(key, backoffDelay(attempt, this.#options.backoff ?? DEFAULT_BACKOFF, this.#options.ids.random()));
  }

  /** One timer a key: the earlier of two wins. */
  #addLater(key: string, ms: number): void {
    const due = this.#options.clock.monotonic() + ms;
    const existing = this.#timers.get(key);
    if (existing !== undefined && existing.due <= due) return;
    existing?.cancel();
    const cancel = this.#options.clock.after(ms, () => {
      this.#timers.delete(key);
      this.add(key);
    });
    this.#timers.set(key, { due, cancel });
  }
}

function resultLabel(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'done':
      return 'success';
    case 'requeue':
      return 'requeue_after';
    case 'failed':
      return 'error';
  }
}
