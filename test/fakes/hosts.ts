import { BehaviorSubject } from 'rxjs';
import { DswarmError } from '../../lib/errors/error.ts';
import { DockerGate } from '../../lib/io/hosts-gate.ts';
import { HOST_SILENT_MS } from '../../lib/plan/node-liveness.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { Docker } from '../../lib/ports/docker.ts';
import type { HostLink, Hosts, HostTarget, LinkState } from '../../lib/ports/hosts.ts';
import { FakeEngine, type FakeEngineOptions } from './docker.ts';

/** Hosts in memory. While one is cut off, its engine goes on by itself. */
export class FakeHosts implements Hosts {
  readonly engines = new Map<string, FakeEngine>();
  /** Every connect, in order. */
  readonly connects: HostTarget[] = [];
  readonly #clock: Clock;
  readonly #fates = new Map<string, 'up' | 'cut' | 'untrusted'>();
  readonly #links = new Set<FakeLink>();
  /** When each that fell silent was last heard, on the monotonic clock. */
  readonly #silentSince = new Map<string, number>();

  /** What links talk to instead of the engine itself: fault injection. */
  readonly #door: (node: string) => Docker;

  constructor(clock: Clock, door?: (node: string) => Docker) {
    this.#clock = clock;
    this.#door = door ?? ((node) => this.engine(node));
  }

  add(node: string, options: Partial<FakeEngineOptions> = {}): FakeEngine {
    const info = { hostname: node, ...options.info };
    const engine = new FakeEngine({ clock: this.#clock, seed: this.engines.size + 1, ...options, info });
    this.engines.set(node, engine);
    this.#refresh(node);
    return engine;
  }

  engine(node: string): FakeEngine {
    const engine = this.engines.get(node);
    if (engine === undefined) throw new Error(`no fake host ${node}`);
    return engine;
  }

  connect(target: HostTarget): HostLink {
    this.connects.push(target);
    const { node } = target;
    const link = new FakeLink(node, {
      now: () => this.#stateOf(node),
      engine: () => (this.#silentSince.has(node) ? silent(this.#door(node)) : this.#door(node)),
      silentMs: () => this.#clock.monotonic() - (this.#silentSince.get(node) ?? this.#clock.monotonic()),
      gone: () => this.#links.delete(link),
    });
    this.#links.add(link);
    queueMicrotask(() => {
      link.refresh();
    });
    return link;
  }

  /** Number of links open to a node. */
  links(node: string): number {
    return [...this.#links].filter((link) => link.node === node).length;
  }

  cut(node: string): void {
    this.#set(node, 'cut');
  }

  /** As when its cable is pulled: nothing is answered any more, and only after a while does its link take it for gone. */
  silence(node: string): void {
    this.#silentSince.set(node, this.#clock.monotonic());
    this.#clock.after(HOST_SILENT_MS, () => {
      if (this.#silentSince.has(node)) this.#set(node, 'cut');
    });
  }

  mend(node: string): void {
    this.#silentSince.delete(node);
    this.#set(node, 'up');
  }

  untrusted(node: string): void {
    this.#set(node, 'untrusted');
  }

  /** The host, its engine and its containers go down. */
  off(node: string): void {
    this.engine(node).down();
    this.#refresh(node);
  }

  /** The engine alone goes down, with live-restore: its containers run on. */
  engineOff(node: string): void {
    this.engine(node).down({ liveRestore: true });
    this.#refresh(node);
  }

  /** They come back; the engine starts what its restart policies say. */
  on(node: string): void {
    this.engine(node).up();
    this.#refresh(node);
  }

  #set(node: string, fate: 'up' | 'cut' | 'untrusted'): void {
    this.#fates.set(node, fate);
    this.#refresh(node);
  }

  #refresh(node: string): void {
    for (const link of this.#links) if (link.node === node) link.refresh();
  }

  #stateOf(node: string): LinkState {
    const fate = this.engines.get(node)?.isUp === true ? (this.#fates.get(node) ?? 'up') : 'cut';
    if (fate === 'up') return { phase: 'ready' };
    const lastSign = this.#silentSince.get(node);
    if (fate === 'cut') return { phase: 'unreachable', error: unreachable(node, 'no route to host'), lastSign };
    return {
      phase: 'untrusted',
      error: new DswarmError('DSW_SSH_HOST_KEY_CHANGED', 'the host key is not the pinned one', { where: node }),
    };
  }
}

/** Takes every call and answers none. */
function silent(docker: Docker): Docker {
  const call = (): Promise<never> => new Promise(() => undefined);
  return new Proxy(docker, { get: () => call });
}

function unreachable(node: string, message: string): DswarmError {
  return new DswarmError('DSW_HOST_UNREACHABLE', message, { where: node });
}

interface World {
  now: () => LinkState;
  engine: () => Docker;
  silentMs: () => number;
  gone: () => void;
}

class FakeLink implements HostLink {
  readonly node: string;
  readonly docker: Docker;
  readonly #world: World;
  readonly #state = new BehaviorSubject<LinkState>({ phase: 'connecting' });
  /** The same gate as of a real link: pending calls are rejected once when the connection is lost. */
  readonly #gate: DockerGate;

  constructor(node: string, world: World) {
    this.node = node;
    this.#world = world;
    this.#gate = new DockerGate({ engine: () => this.#whyNot() ?? world.engine(), suspect: () => undefined });
    this.docker = this.#gate.docker;
  }

  get state$(): BehaviorSubject<LinkState> {
    return this.#state;
  }

  /** Takes over what became of the host. */
  refresh(): void {
    if (this.#state.isStopped) return;
    const next = this.#world.now();
    if (next.phase === this.#state.value.phase) return;
    if (next.phase !== 'ready') this.#gate.rejectPending(unreachable(this.node, 'connection lost'));
    this.#state.next(next);
  }

  silentMs(): number {
    return this.#state.value.phase === 'ready' ? this.#world.silentMs() : 0;
  }

  retry(): void {
    this.refresh();
  }

  close(): Promise<void> {
    this.#gate.rejectPending(unreachable(this.node, 'closed'));
    this.#state.complete();
    this.#world.gone();
    return Promise.resolve();
  }

  #whyNot(): DswarmError | undefined {
    const state = this.#state.value;
    if (this.#state.isStopped) return unreachable(this.node, 'closed');
    return state.phase === 'ready' ? undefined : unreachable(this.node, 'error' in state ? state.error.message : state.phase);
  }
}
