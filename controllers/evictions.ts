import { parseDuration } from '../lib/manifest/duration.ts';
import { judgeEvictions, type EvictionVerdict } from '../lib/plan/eviction.ts';
import { nodeLiveness } from '../lib/plan/node-liveness.ts';
import type { TaskView } from '../lib/plan/task-view.ts';
import type { Clock } from '../lib/ports/clock.ts';
import type { EventSink } from '../lib/ports/events.ts';
import type { Metrics } from '../lib/ports/metrics.ts';
import type { Change, Store } from '../lib/ports/store.ts';
import type { Cluster } from '../lib/runtime/cluster.ts';
import { parseRefKey, type StoredService } from '../lib/types/objects.ts';

export interface EvictionsOptions {
  store: Store;
  cluster: Cluster;
  clock: Clock;
  metrics: Metrics;
  events: EventSink;
}

const DEFAULT_AFTER = '15s';
const NOTHING: EvictionVerdict = { lost: new Set() };

/** Asks for one service whose tasks are on nodes that do not answer, tells of what is held back, and marks nodes whose tasks are moved. */
export class Evictions {
  readonly #options: EvictionsOptions;
  /** What was last told of each service, so that it is told once. */
  readonly #told = new Map<string, string>();

  constructor(options: EvictionsOptions) {
    this.#options = options;
  }

  judge(key: string, service: StoredService | undefined, tasks: readonly TaskView[]): EvictionVerdict {
    const concerned = tasks.filter((task) => task.phase === 'unknown').map((task) => task.spec.node);
    // A task of a global service or job belongs to its node.
    if (concerned.length === 0 || service?.spec.mode.startsWith('replicated') !== true || service.spec.suspend) {
      this.forget(key);
      return NOTHING;
    }
    const { store, cluster, clock } = this.#options;
    const nodes = store
      .snapshot()
      .list('Node')
      .map((node) => {
        const { name } = node.metadata;
        return { ...nodeLiveness(node, cluster.observation(name), clock.monotonic()), silentMs: cluster.silentMs(name) };
      });
    const verdict = judgeEvictions({
      nodes,
      concerned: new Set(concerned),
      afterMs: parseDuration(service.spec.failover?.after ?? DEFAULT_AFTER),
    });
    this.#tellBlocked(key, verdict.blocked);
    return verdict;
  }

  forget(key: string): void {
    this.#told.delete(key);
  }

  /** The marks on the nodes, and an event for each task given up. */
  record(key: string, orphaned: readonly string[], tasks: readonly TaskView[]): Change[] {
    const names = new Set(orphaned);
    const lost = tasks.filter((task) => names.has(task.name));
    for (const task of lost) {
      const message = `${task.name} is replaced elsewhere: node ${task.spec.node} cannot be reached`;
      this.#options.events.emit(parseRefKey(key), 'Warning', 'TaskOrphaned', message);
    }
    const snapshot = this.#options.store.snapshot();
    return [...new Set(lost.map((task) => task.spec.node))].flatMap((name) => {
      const node = snapshot.get({ kind: 'Node', name });
      if (node === undefined || node.status?.failover === 'Moved') return [];
      return [{ put: { ...node, status: { ...node.status, failover: 'Moved' as const } }, expect: node.metadata.resourceVersion }];
    });
  }

  #tellBlocked(key: string, blocked: EvictionVerdict['blocked']): void {
    if (blocked === undefined) return this.forget(key);
    this.#options.metrics.count('dswarm_evictions_blocked_total', { reason: blocked.reason });
    if (this.#told.get(key) === blocked.message) return;
    this.#told.set(key, blocked.message);
    this.#options.events.emit(parseRefKey(key), 'Warning', 'EvictionBlocked', blocked.message);
  }
}
