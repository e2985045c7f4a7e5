import { BehaviorSubject } from 'rxjs';
import { DswarmError } from '../../lib/errors/error.ts';
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

  constructor(clock: Clock) {
    this.#clock = clock;
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
      engine: () => this.engine(node),
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

  mend(node: string): void {
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
    if (fate === 'cut') return { phase: 'unreachable', error: unreachable(node, 'no route to host') };
    return {
      phase: 'untrusted',
      error: new DswarmError('DSW_SSH_HOST_KEY_CHANGED', 'the host key is not the pinned one', { where: node }),
    };
  }
}

function unreachable(node: string, message: string): DswarmError {
  return new DswarmError('DSW_HOST_UNREACHABLE', message, { where: node });
}

interface World {
  now: () => LinkState;
  engine: () => Docker;
  gone: () => void;
}

class FakeLink implements HostLink {
  readonly node: string;
  readonly docker: Docker;
  readonly #world: World;
  readonly #state = new BehaviorSubject<LinkState>({ phase: 'connecting' });
  /** Calls and streams under way; each is rejected once when the connection is lost. */
  readonly #pending = new Set<(error: Error) => void>();

  constructor(node: string, world: World) {
    this.node = node;
    this.#world = world;
    this.docker = this.#gate();
  }

  get state$(): BehaviorSubject<LinkState> {
    return this.#state;
  }

  /** Takes over what became of the host. */
  refresh(): void {
    if (this.#state.isStopped) return;
    const next = this.#world.now();
    if (next.phase === this.#state.value.phase) return;
    if (next.phase !== 'ready') this.#rejectPending('connection lost');
    this.#state.next(next);
  }

  retry(): void {
    this.refresh();
  }

  close(): Promise<void> {
    this.#rejectPending('closed');
    this.#state.complete();
    this.#world.gone();
    return Promise.resolve();
  }

  #rejectPending(message: string): void {
    for (const reject of [...this.#pending]) reject(unreachable(this.node, message));
    this.#pending.clear();
  }

  #gate(): Docker {
    const get = (_target: Docker, property: string | symbol): unknown => {
      if (!(property in FakeEngine.prototype)) return undefined;
      const method = property as keyof Docker;
      if (method === 'events' || method === 'logs') return (...args: unknown[]) => this.#stream(method, args);
      return (...args: unknown[]) => this.#call(method, args);
    };
    return new Proxy({} as Docker, { get });
  }

  async #call(method: keyof Docker, args: unknown[]): Promise<unknown> {
    this.#refuseUnlessReady();
    return this.#raced(this.#invoke(method, args) as Promise<unknown>);
  }

  async *#stream(method: 'events' | 'logs', args: unknown[]): AsyncGenerator {
    this.#refuseUnlessReady();
    const given = (method === 'events' ? args[0] : args[1]) as { signal?: AbortSignal };
    const own = new AbortController();
    const signal = given.signal === undefined ? own.signal : AbortSignal.any([given.signal, own.signal]);
    const options = { ...given, signal };
    const source = this.#invoke(method, method === 'events' ? [options] : [args[0], options]) as AsyncGenerator;
    try {
      for (;;) {
        const step = await this.#raced(source.next());
        if (step.done === true) return;
        yield step.value;
      }
    } finally {
      own.abort();
    }
  }

  #invoke(method: keyof Docker, args: unknown[]): unknown {
    const engine = this.#world.engine();
    return (engine[method] as (...all: unknown[]) => unknown).apply(engine, args);
  }

  #raced<T>(call: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#pending.add(reject);
      call
        .then(resolve, reject)
        .finally(() => this.#pending.delete(reject))
        .catch(reject);
    });
  }

  #refuseUnlessReady(): void {
    if (this.#state.isStopped) throw unreachable(this.node, 'closed');
    const state = this.#state.value;
    if (state.phase !== 'ready') throw unreachable(this.node, 'error' in state ? state.error.message : state.phase);
  }
}
