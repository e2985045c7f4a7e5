import { Subject, type Observable, type Subscription } from 'rxjs';
import { hasCode } from '../errors/error.ts';
import { MANAGED_FILTER } from '../plan/names.ts';
import { sleep, type Clock } from '../ports/clock.ts';
import type { EngineEvent } from '../ports/docker.ts';
import type { HostLink, LinkState } from '../ports/hosts.ts';
import type { Ids } from '../ports/ids.ts';
import type { Log } from '../ports/log.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { NodeObservation, NodeState, ObservedContainer } from '../types/observation.ts';
import { backoffDelay } from './backoff.ts';
import { EngineFacts, isAnonymousVolume } from './engine-facts.ts';
import { inspect } from './inspection.ts';
import { applyList, applyOne, applyRefresh, type Containers, type ObservedChange } from './observed.ts';
import { RestartCounts } from './restart-counts.ts';
import { saidBy, Unread } from './unread.ts';

export interface ObserverOptions {
  node: string;
  link: HostLink;
  clock: Clock;
  ids: Ids;
  log: Log;
  metrics: Metrics;
  /** Milliseconds between full lists while all is well: what repairs lost events. */
  relistMs: number;
}

export interface ObserverChange {
  node: string;
  /** Containers that changed. */
  changed: readonly ObservedContainer[];
  /** Those that somebody gave other limits or another restart policy: nothing that is listed tells it. */
  updated?: readonly ObservedContainer[];
  /** Those that are doubted from now on, or no longer; see NodeObservation. */
  doubted?: readonly ObservedContainer[];
  /** Whether there are other named volumes than before. */
  volumesChanged?: boolean;
  /** Those that were removed, though there may be new ones of their names. */
  volumesRemoved?: readonly string[];
  /** Whether the node's state, whether it was listed, or what its engine tells of itself changed. */
  stateChanged: boolean;
}

const RETRY = { initialMs: 250, maxMs: 10_000, jitter: 0.3 };
/** Events of one moment are read with one list. */
const BATCH_MS = 2;

/**
 * Keeps one node's observation: list, then events as hints of what to list again, a full list after each reconnect and periodically
 * (invariant 3). Reads are done one after another, so an older answer never overwrites a newer one. While the node cannot be reached,
 * what was last seen stays (invariant 4).
 */
export class NodeObserver {
  readonly changes$: Observable<ObserverChange>;
  readonly #changes = new Subject<ObserverChange>();
  readonly #options: ObserverOptions;
  #containers: Containers = new Map();
  readonly #facts: EngineFacts;
  readonly #counts: RestartCounts;
  /** An event told of a volume. */
  #volumesDirty = false;
  #state: NodeState = 'Unknown';
  #message = 'connecting';
  #since: number;
  /** The same on the clock that never jumps. */
  #sinceMonotonic: number;
  #lastSeen: number | undefined;
  #listed = false;
  #failed = false;
  #wasReady = false;
  #session: AbortController | undefined;
  #reads: Promise<unknown> = Promise.resolve();
  /** Containers to be read next, and the read that will do it. */
  #wanted = new Unread();
  readonly #doubted = new Set<string>();
  #refreshing: Promise<void> | undefined;
  #subscription: Subscription | undefined;
  #cancelBatch: (() => void) | undefined;

  constructor(options: ObserverOptions) {
    this.#options = options;
    this.#facts = new EngineFacts(options.link.docker);
    const counted = (container: ObservedContainer): void => this.#take(applyOne(this.#containers, container), false, false);
    this.#counts = new RestartCounts({ docker: options.link.docker, containers: () => this.#containers, counted });
    this.#since = options.clock.now();
    this.#sinceMonotonic = options.clock.monotonic();
    this.changes$ = this.#changes.asObservable();
  }

  start(): void {
    this.#subscription = this.#options.link.state$.subscribe((state) => this.#onLink(state));
  }

  stop(): void {
    this.#subscription?.unsubscribe();
    this.#endSession();
    this.#changes.complete();
  }

  observation(): NodeObservation {
    return {
      node: this.#options.node,
      state: this.#state,
      message: this.#message,
      since: this.#since,
      sinceMonotonic: this.#sinceMonotonic,
      wasReady: this.#wasReady,
      recovered: this.#listed && this.#failed,
      tried: this.#listed || this.#failed,
      listed: this.#listed,
      containers: this.#containers,
      doubted: new Set(this.#doubted),
      ...(this.#lastSeen === undefined ? {} : { lastSeen: this.#lastSeen }),
      ...this.#facts.told(),
    };
  }

  /**
   * What every mutation is followed by: reads these containers, or all, until that succeeds. It ends without only when the link is lost;
   * then nothing of the node is known until a new list (invariants 4 and 8).
   */
  async confirm(ids?: readonly string[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const signal = this.#session?.signal;
      if (signal === undefined) return;
      try {
        return await (ids === undefined || attempt > 1 ? this.relist('gap') : this.refresh(ids));
      } catch (error) {
        if (isAborted(signal)) return;
        this.#warn('reading after a change failed; trying again', error);
      }
      await sleep(this.#options.clock, backoffDelay(attempt, RETRY, this.#options.ids.random()), signal).catch(() => undefined);
    }
  }

  /** Reads these containers again and takes the answer for the truth. */
  refresh(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#wanted.add(id);
    return this.#refresh();
  }

  /** What is asked for while another read is under way is read together, in one list. */
  #refresh(): Promise<void> {
    this.#refreshing ??= this.#read(() => this.#readWanted());
    return this.#refreshing;
  }

  async #readWanted(): Promise<void> {
    const wanted = this.#wanted;
    this.#wanted = new Unread();
    this.#refreshing = undefined;
    if (wanted.size === 0) return;
    const list = await this.#options.link.docker.listContainers({ ids: wanted.ids });
    const ours = list.filter((container) => container.labels['dswarm/managed'] === 'true');
    this.#take(applyRefresh(this.#containers, wanted.ids, await this.#withDetails(ours, wanted)), false);
  }

  /** Reads all of ours again: after an answer was lost, nothing less will do (invariant 8). */
  relist(reason: 'reconnect' | 'periodic' | 'gap'): Promise<void> {
    return this.#read(() => this.#list(reason));
  }

  #read<T>(call: () => Promise<T>): Promise<T> {
    const result = this.#reads.then(call);
    this.#reads = result.catch(() => undefined);
    return result;
  }

  async #list(reason: string): Promise<void> {
    // No event tells of networks that others make.
    if (reason === 'periodic') await this.#facts.readNetworks();
    const list = await this.#options.link.docker.listContainers({ labels: [MANAGED_FILTER] });
    const change = applyList(this.#containers, await this.#withDetails(list));
    this.#options.metrics.count('dswarm_relist_total', { host: this.#options.node, reason });
    if (reason === 'periodic' && change.changed.length > 0) {
      this.#options.metrics.count('dswarm_relist_repairs_total', { host: this.#options.node }, change.changed.length);
      this.#options.log.warn(
        { node: this.#options.node, containers: change.changed.length },
        'the relist found changes that no event told of',
      );
    }
    const isNews = this.#facts.takeNews();
    this.#take(change, this.#becomeListed() || isNews);
    if (reason === 'periodic') await this.#readVolumes();
  }

  /** The first list after a connect: only now is the node Ready, and both are seen at once. */
  #becomeListed(): boolean {
    if (this.#listed || this.#session === undefined) return false;
    this.#listed = true;
    if (this.#state !== 'Ready') this.#enter('Ready');
    this.#wasReady = true;
    this.#message = 'reachable';
    return true;
  }

  /**
   * A list tells neither why a container ended nor how often it was restarted. And for some 100 ms after its `die` event it still tells
   * that the container runs: the engine tells of the end before it writes it down. An inspect waits for that.
   */
  async #withDetails(list: readonly ObservedContainer[], wanted?: Unread): Promise<ObservedContainer[]> {
    const needsDetails = (container: ObservedContainer): boolean =>
      wanted?.hasEnded(container.id) === true ||
      (['exited', 'dead', 'restarting'].includes(container.state) && this.#containers.get(container.id)?.state !== container.state);
    const about = { ...this.#options, docker: this.#options.link.docker };
    return Promise.all(list.map(async (container) => (needsDetails(container) ? inspect(container, about) : container)));
  }

  /** `isRead`: a count comes beside all reads, and what one of them is still under way for stays doubted. */
  #take(change: ObservedChange, stateChanged: boolean, isRead = true): void {
    this.#containers = change.containers;
    this.#lastSeen = this.#options.clock.now();
    const doubted = isRead ? this.#endDoubts() : [];
    if (stateChanged || change.changed.length > 0 || doubted.length > 0)
      this.#changes.next({ node: this.#options.node, changed: change.changed, doubted, stateChanged });
  }

  /** What was read is no longer doubted, unless an event has come since. */
  #endDoubts(): ObservedContainer[] {
    const over = [...this.#doubted].filter((id) => !this.#wanted.isDoubted(id));
    for (const id of over) this.#doubted.delete(id);
    return over.flatMap((id) => this.#containers.get(id) ?? []);
  }

  #onLink(link: LinkState): void {
    switch (link.phase) {
      case 'connecting':
        // The last failure says more than that another try is under way.
        return;
      case 'ready':
        return this.#startSession();
      case 'unreachable':
      case 'untrusted':
        this.#endSession();
        this.#listed = false;
        this.#failed = true;
        if (link.phase === 'untrusted') this.#setState('Untrusted', link.error.message);
        else this.#setState('Unknown', link.error.message, link.lastSign);
    }
  }

  /** `at`: since when, if that is earlier than now; an absence begins with the last sign of life, not when it was noticed. */
  #setState(state: NodeState, message: string, at?: number): void {
    if (state === this.#state && message === this.#message) return;
    if (state !== this.#state) this.#enter(state, at);
    this.#message = message;
    this.#changes.next({ node: this.#options.node, changed: [], stateChanged: true });
  }

  #enter(state: NodeState, at?: number): void {
    const { clock } = this.#options;
    this.#state = state;
    this.#sinceMonotonic = at ?? clock.monotonic();
    this.#since = clock.now() - (clock.monotonic() - this.#sinceMonotonic);
  }

  #startSession(): void {
    this.#endSession();
    const session = new AbortController();
    this.#session = session;
    void this.#follow(session.signal);
  }

  #endSession(): void {
    this.#session?.abort(new Error('the link to the host ended'));
    this.#session = undefined;
    this.#cancelBatch?.();
    this.#cancelBatch = undefined;
    this.#volumesDirty = false;
    this.#wanted = new Unread();
    this.#doubted.clear();
  }

  /** One round is: listen, list, then follow until the stream ends; then again, for as long as the link is up. */
  async #follow(signal: AbortSignal): Promise<void> {
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        await this.#round(signal);
        attempt = 0;
      } catch (error) {
        if (isAborted(signal)) return;
        this.#warn('following the engine failed; trying again', error);
      }
      await sleep(this.#options.clock, backoffDelay(Math.max(1, attempt), RETRY, this.#options.ids.random()), signal).catch(
        () => undefined,
      );
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { docker } = this.#options.link;
    await this.#facts.readInfo();
    await this.#facts.readNetworks();
    const round = new AbortController();
    const stop = (): void => round.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const cancelRelist = this.#relistForever(round.signal);
    try {
      const events = docker.events({ signal: round.signal, ready: () => void this.#onListening(round) });
      for await (const event of events) this.#onEvent(event);
    } finally {
      cancelRelist();
      signal.removeEventListener('abort', stop);
      round.abort(new Error('the event stream ended'));
    }
  }

  async #readVolumes(): Promise<void> {
    const volumesChanged = await this.#facts.readVolumes();
    const volumesRemoved = this.#facts.takeRemovedVolumes();
    if (!volumesChanged && volumesRemoved.length === 0) return;
    this.#changes.next({ node: this.#options.node, changed: [], volumesChanged, volumesRemoved, stateChanged: false });
  }

  /** Only after the engine listens for us is a list complete: what happens after it comes as an event. */
  async #onListening(round: AbortController): Promise<void> {
    try {
      await this.#read(() => this.#readVolumes());
      await this.relist('reconnect');
      void this.#counts.read(round.signal);
    } catch (error) {
      round.abort(error);
    }
  }

  #relistForever(signal: AbortSignal): () => void {
    let cancel = (): void => undefined;
    const next = (): void => {
      const jittered = this.#options.relistMs * (0.9 + 0.2 * this.#options.ids.random());
      cancel = this.#options.clock.after(jittered, () => {
        void this.relist('periodic')
          .catch((error: unknown) => this.#warn('the periodic relist failed', error))
          .then(() => {
            if (!signal.aborted) next();
          });
      });
    };
    next();
    return () => cancel();
  }

  /** An event is a hint of which container to read again, and of which to doubt until then; never a fact. */
  #onEvent(event: EngineEvent): void {
    if (event.type === 'volume') return this.#onVolume(event);
    if (event.type !== 'container' || event.attributes['dswarm/managed'] !== 'true' || event.action.startsWith('exec_')) return;
    if (event.action === 'update') this.#onUpdate(event.id);
    this.#wanted.add(event.id, saidBy(event.action));
    if (this.#wanted.isDoubted(event.id)) this.#doubt(event.id);
    this.#cancelBatch ??= this.#options.clock.after(BATCH_MS, () => this.#flush());
  }

  #doubt(id: string): void {
    const container = this.#containers.get(id);
    if (container === undefined || this.#doubted.has(id)) return;
    this.#doubted.add(id);
    this.#changes.next({ node: this.#options.node, changed: [], doubted: [container], stateChanged: false });
  }

  /** Others than ours count too: what they hold is found by its name. */
  #onVolume({ id: name, action }: EngineEvent): void {
    if (isAnonymousVolume(name)) return;
    if (action === 'destroy') this.#facts.removedVolume(name);
    this.#volumesDirty = true;
    this.#cancelBatch ??= this.#options.clock.after(BATCH_MS, () => this.#flush());
  }

  #onUpdate(id: string): void {
    const container = this.#containers.get(id);
    if (container !== undefined) this.#changes.next({ node: this.#options.node, changed: [], updated: [container], stateChanged: false });
  }

  #flush(): void {
    this.#cancelBatch = undefined;
    if (this.#volumesDirty) this.#flushVolumes();
    if (this.#wanted.size === 0) return;
    void this.#refresh().catch((error: unknown) => {
      if (hasCode(error, 'DSW_HOST_UNREACHABLE')) return;
      this.#warn('reading containers after an event failed; listing all', error);
      void this.relist('gap').catch((relistError: unknown) => this.#warn('the relist failed; the periodic one will tell', relistError));
    });
  }

  #flushVolumes(): void {
    this.#volumesDirty = false;
    const reading = this.#read(() => this.#readVolumes());
    void reading.catch((error: unknown) => this.#warn('reading volumes failed; the periodic relist will tell', error));
  }

  #warn(message: string, error: unknown): void {
    this.#options.log.warn({ node: this.#options.node, error: messageOf(error) }, message);
  }
}

const isAborted = (signal: AbortSignal): boolean => signal.aborted;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
