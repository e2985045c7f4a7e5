import { DswarmError, hasCode } from '../errors/error.ts';
import * as safe from '../dataplane/escape.ts';
import { nodeState } from '../dataplane/node-state.ts';
import { renderChange } from '../dataplane/change.ts';
import { renderNode } from '../dataplane/render.ts';
import type { Served } from '../dataplane/model.ts';
import type { Shared } from '../dataplane/shared.ts';
import type { PlaneState } from '../dataplane/state.ts';
import type { Clock } from '../ports/clock.ts';
import type { Docker } from '../ports/docker.ts';
import type { Ids } from '../ports/ids.ts';
import type { Log } from '../ports/log.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { PlaneFiles, Planes, PlaneStatus, PlaneTarget } from '../ports/plane.ts';
import { backoffDelay } from './backoff.ts';
import { TunnelWatch } from './tunnel-watch.ts';

export interface NodePlaneOptions {
  node: string;
  cluster: string;
  docker: () => Docker;
  /** The engine's architecture; undefined: not known. */
  arch: () => string | undefined;
  planes: Planes;
  /** With all nodes of the cluster. */
  shared: Shared;
  clock: Clock;
  ids: Ids;
  log: Log;
  metrics: Metrics;
  /** Something about it changed: its key, what it acknowledged, whether it answers. */
  changed: (node: string) => void;
}

/** What the cluster serves, and the number of that. */
export interface Revision {
  number: number;
  served: Served;
}

/** A condition's reason and message. */
export interface PlaneProblem {
  reason: 'NotCurrent' | 'NoPlaneImage' | 'TunnelSilent' | 'NoWay';
  message: string;
}

interface Applied {
  state: PlaneState;
  generation: number;
  revision: number;
}

const RETRY = { initialMs: 250, maxMs: 15_000, jitter: 0.3 };
/** So many addresses are remembered: a node that was away for long is to take its changes, and not to look for each. */
const ENDED = 500;
/** So long a plane may fail before nobody waits for it. */
const PATIENCE_MS = 5_000;

/**
 * Keeps the plane of one node current: one call at a time, always towards the newest revision, so that what changes while a call is under
 * way goes together. It begins when the node answers, and after a failure, by making sure of the plane itself.
 */
export class NodePlane {
  readonly #options: NodePlaneOptions;
  #wanted: Revision | undefined;
  /** What the node is known to keep applied: its generation is of the plane, its revision ours. */
  #applied: Applied | undefined;
  #status: PlaneStatus | undefined;
  #isUp = false;
  /** Nobody has heard yet whether it answers: it may well serve what a controller before this one told it. */
  #isExpected = true;
  #mustEnsure = true;
  #isBusy = false;
  #attempts = 0;
  #error: Error | undefined;
  /** When the call that is under way began. */
  #callSince: number | undefined;
  #failingSince: number;
  #cancelRetry: (() => void) | undefined;
  #refused: readonly string[] = [];
  /** Addresses of tasks that have ended, whose connections the node is to forget. */
  readonly #ended = new Set<string>();
  readonly #tunnels: TunnelWatch;

  constructor(options: NodePlaneOptions) {
    this.#options = options;
    this.#failingSince = options.clock.monotonic();
    this.#tunnels = new TunnelWatch(options.clock);
  }

  /** The highest generation that the plane told of; a number that it has seen before must not be given again. */
  get generation(): number {
    return Math.max(this.#status?.generation ?? 0, this.#applied?.generation ?? 0);
  }

  get publicKey(): string | undefined {
    const key = this.#status?.publicKey;
    return key === '' ? undefined : key;
  }

  /** Of the host; undefined: not told yet. */
  get routes(): readonly string[] | undefined {
    return this.#status?.routes;
  }

  /** The newest revision that the node has acknowledged; 0 for none. */
  get acknowledged(): number {
    return this.#applied?.revision ?? 0;
  }

  /** Why it is not current; undefined: nothing is wrong. */
  get problem(): PlaneProblem | undefined {
    if (this.#error !== undefined) return problemOf(this.#error);
    return this.#refused[0] === undefined ? undefined : { reason: 'NotCurrent', message: this.#refused[0] };
  }

  /** Why it serves something else than the newest revision, and will for now; undefined: it does not, or is about to take it. */
  lag(revision: number): PlaneProblem | undefined {
    if (!this.#isUp) return { reason: 'NotCurrent', message: 'the node does not answer; what it was told last stays in force' };
    if (this.acknowledged === 0 || this.acknowledged >= revision || this.isAwaited) return undefined;
    return { reason: 'NotCurrent', message: 'it does not take the last change; what it was told before stays in force' };
  }

  /** Whether it answers. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Public keys of ends of its tunnels that it does not hear. */
  get silentEnds(): string[] {
    return this.#tunnels.silent();
  }

  /** Whether it is worth waiting for what it acknowledges. */
  get isAwaited(): boolean {
    if (!this.#isUp) return this.#isExpected && this.#options.clock.monotonic() - this.#failingSince < PATIENCE_MS;
    const isWell = this.#error === undefined && this.#applied !== undefined;
    const since = isWell ? this.#callSince : this.#failingSince;
    return since === undefined || this.#options.clock.monotonic() - since < PATIENCE_MS;
  }

  /** The node answers. */
  up(): void {
    if (this.#isUp) return;
    this.#isUp = true;
    this.#isExpected = false;
    this.#attempts = 0;
    this.#failingSince = this.#options.clock.monotonic();
    this.check();
  }

  /** It does not, or not yet; what was applied stays in force there. */
  down(isTried = true): void {
    this.#isUp = false;
    if (isTried) this.#isExpected = false;
    this.#mustEnsure = true;
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
  }

  /** Makes sure of the plane before its next change, and that it is what it was left to be. */
  check(): void {
    this.#mustEnsure = true;
    this.#go();
  }

  /** See Planes.check. */
  probe(probes: readonly string[]): Promise<(string | undefined)[]> {
    return this.#options.planes.check(this.#target(), probes);
  }

  want(revision: Revision): void {
    this.#wanted = revision;
    this.#go();
  }

  /**
   * A task has ended. What is left of its connections would lead a new one that happens to have the same ports to where nobody is.
   */
  forget(addresses: Iterable<string>): void {
    for (const address of addresses) this.#ended.add(address);
    for (const oldest of [...this.#ended].slice(0, -ENDED)) this.#ended.delete(oldest);
    this.#go();
  }

  #go(): void {
    if (this.#isBusy || !this.#isUp || this.#cancelRetry !== undefined) return;
    this.#isBusy = true;
    void this.#work().finally(() => {
      this.#isBusy = false;
      if (this.#isUp && this.#isBehind() && this.#cancelRetry === undefined) this.#go();
    });
  }

  #isBehind(): boolean {
    if (this.#mustEnsure || (this.#ended.size > 0 && this.#applied !== undefined)) return true;
    return this.#wanted !== undefined && this.#wanted.number > this.acknowledged && this.#canServe(this.#wanted);
  }

  /** A node that the served model does not know yet is told nothing (invariant 5). */
  #canServe({ served }: Revision): boolean {
    return served.nodes.some(({ name }) => name === this.#options.node);
  }

  async #work(): Promise<void> {
    this.#callSince = this.#options.clock.monotonic();
    try {
      if (this.#mustEnsure) await this.#ensure();
      const wanted = this.#wanted;
      if (wanted !== undefined && this.#canServe(wanted)) await this.#apply(wanted);
      if (this.#wanted === wanted && this.#ended.size > 0 && this.#applied !== undefined) await this.#flush(this.#applied);
      this.#attempts = 0;
      this.#error = undefined;
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
    this.#callSince = undefined;
    this.#options.changed(this.#options.node);
  }

  async #ensure(): Promise<void> {
    this.#mustEnsure = false;
    const before = this.#status;
    this.#status = await this.#options.planes.ensure(this.#target());
    this.#tunnels.see(this.#status.tunnels);
    // The agent makes its key as it starts, unless its volume is full.
    if (this.#status.publicKey === '')
      throw new DswarmError('DSW_PLANE_FAILED', 'its agent has made no key yet', { where: this.#options.node });
    if (this.#applied !== undefined && this.#status.generation !== this.#applied.generation) this.#applied = undefined;
    if (before?.publicKey !== this.#status.publicKey) this.#options.changed(this.#options.node);
  }

  async #apply({ number, served }: Revision): Promise<void> {
    if (this.acknowledged >= number) return;
    const { node, planes, clock, metrics, shared } = this.#options;
    const before = this.#applied;
    const state = nodeState(served, node, before?.state, shared);
    this.#refused = state.refused.map(({ object, message }) => `${object}: ${message}`);
    const files = before === undefined ? undefined : renderChange(before.state, state, shared);
    if (before !== undefined && files !== undefined && Object.keys(files).length === 0) {
      this.#applied = { ...before, state, revision: number };
      return;
    }
    const begun = clock.monotonic();
    const generation = Math.max(number, this.generation + 1);
    const change = before === undefined || files === undefined ? {} : { change: { base: before.generation, files } };
    // Until the answer is there nobody knows what holds: after a failure the plane is asked.
    const ack = await planes.apply(this.#target(), { generation, full: () => renderNode(state, before?.state), ...change });
    this.#applied = { state, generation: ack.generation, revision: number };
    metrics.set('kubeproxy_sync_proxy_rules_last_timestamp_seconds', clock.now() / 1000, { host: node });
    metrics.observe('kubeproxy_sync_proxy_rules_duration_seconds', (clock.monotonic() - begun) / 1000, { host: node });
  }

  /** Apart from other changes: it takes longer, and nobody waits for it. */
  async #flush(applied: Applied): Promise<void> {
    const ended = [...this.#ended];
    const generation = this.generation + 1;
    // An address may have been given to another task meanwhile, whose connections are well.
    const served = new Set(
      [...applied.state.services.values()].flatMap(({ targets }) => targets.filter((address) => this.#ended.has(address))),
    );
    const flush = ended
      .filter((address) => !served.has(address))
      .map((address) => `-p tcp --reply-src ${safe.address(address)}\n`)
      .join('');
    const full = (): PlaneFiles => ({ ...renderNode(applied.state), flush });
    const ack = await this.#options.planes.apply(this.#target(), {
      generation,
      full,
      change: { base: applied.generation, files: { flush } },
    });
    this.#applied = { ...applied, generation: ack.generation };
    for (const address of ended) this.#ended.delete(address);
  }

  #fail(error: Error): void {
    const { node, log, clock, ids, metrics } = this.#options;
    if (this.#error === undefined && this.#applied !== undefined) this.#failingSince = clock.monotonic();
    this.#error = error;
    this.#mustEnsure = true;
    this.#attempts += 1;
    if (!this.#isUp) return;
    metrics.count('kubeproxy_sync_proxy_rules_nftables_sync_failures_total', { host: node });
    const { message } = error;
    if (!hasCode(error, 'DSW_HOST_UNREACHABLE'))
      log.warn({ node, error: message }, 'the data plane of a node is not current; trying again');
    this.#cancelRetry = clock.after(backoffDelay(this.#attempts, RETRY, ids.random()), () => {
      this.#cancelRetry = undefined;
      this.#go();
    });
  }

  #target(): PlaneTarget {
    const { node, cluster, docker, arch } = this.#options;
    return { node, cluster, docker: docker(), arch: arch() };
  }
}

function problemOf(error: Error): PlaneProblem {
  if (!hasCode(error, 'DSW_PLANE_ARCHITECTURE')) return { reason: 'NotCurrent', message: error.message };
  return { reason: 'NoPlaneImage', message: `${error.message}; ${error.hint ?? ''}` };
}
