import { filter } from 'rxjs';
import { Manager } from '../../controllers/manager.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { Docker, EngineEvent, LogChunk } from '../../lib/ports/docker.ts';
import type { HostLink, Hosts } from '../../lib/ports/hosts.ts';
import type { Ids } from '../../lib/ports/ids.ts';
import { silentLog, type Log } from '../../lib/ports/log.ts';
import { noMetrics } from '../../lib/ports/metrics.ts';
import type { Planes } from '../../lib/ports/plane.ts';
import type { Store } from '../../lib/ports/store.ts';

export interface ProcessOptions {
  clusterName: string;
  hosts: Hosts;
  planes?: Planes;
  store: Store;
  clock: Clock;
  ids: Ids;
  resyncMs: number;
  /** About to write to the store; true: dies right after the write. */
  committing: () => boolean;
  log?: Log;
}

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** One run of the controller's program. Killed, it never hears of anything again, and nothing it would do is done. */
export class ControllerProcess {
  readonly #options: ProcessOptions;
  readonly #links = new Set<HostLink>();
  readonly #manager: Manager;
  #dead = false;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.#manager = new Manager({
      clusterName: options.clusterName,
      ...(options.planes === undefined ? {} : { planes: options.planes }),
      store: this.#store(),
      hosts: { connect: (target) => this.#connect(options.hosts.connect(target)) },
      clock: this.#clock(),
      ids: options.ids,
      log: options.log ?? silentLog,
      metrics: noMetrics,
      events: { emit: () => undefined },
      resyncMs: options.resyncMs,
      startsPerHost: 2,
    });
  }

  start(): void {
    this.#manager.start();
  }

  /** SIGTERM: drains, then ends. */
  async stop(): Promise<void> {
    await this.#manager.stop();
    this.kill();
  }

  /** SIGKILL. Calls that were sent are done by the engines all the same. */
  kill(): void {
    if (this.#dead) return;
    this.#dead = true;
    for (const link of this.#links) void link.close();
  }

  #clock(): Clock {
    const { clock } = this.#options;
    const after: Clock['after'] = (ms, call) => clock.after(ms, () => (this.#dead ? undefined : call()));
    return { now: () => clock.now(), monotonic: () => clock.monotonic(), after };
  }

  #store(): Store {
    const { store } = this.#options;
    return {
      snapshot: () => store.snapshot(),
      commit: (changes) => {
        if (this.#dead) return never();
        const dies = changes.length > 0 && this.#options.committing();
        const written = this.#alive(store.commit(changes));
        if (dies) this.kill();
        return written;
      },
      watch: (after) => store.watch(after).pipe(filter(() => !this.#dead)),
      close: () => Promise.resolve(),
    };
  }

  #connect(link: HostLink): HostLink {
    this.#links.add(link);
    const docker = new Proxy(link.docker, {
      get: (inner, property): unknown => {
        const method = Reflect.get(inner, property) as (...args: unknown[]) => unknown;
        if (property === 'events') return (...args: unknown[]) => this.#stream(method(...args) as AsyncIterable<EngineEvent>);
        if (property === 'logs') return (...args: unknown[]) => this.#stream(method(...args) as AsyncIterable<LogChunk>);
        return (...args: unknown[]) => (this.#dead ? never() : this.#alive(method(...args) as Promise<unknown>));
      },
    }) satisfies Docker;
    const close = async (): Promise<void> => {
      this.#links.delete(link);
      await link.close();
    };
    return {
      state$: link.state$.pipe(filter(() => !this.#dead)),
      docker,
      silentMs: () => link.silentMs(),
      retry: () => link.retry(),
      close,
    };
  }

  #alive<T>(call: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      call.then(
        (value) => (this.#dead ? undefined : resolve(value)),
        (error: unknown) => (this.#dead ? undefined : reject(error)),
      );
    });
  }

  async *#stream<T>(entries: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      for await (const entry of entries) {
        if (this.#dead) return;
        yield entry;
      }
    } catch (error) {
      if (this.#dead) return;
      throw error;
    }
  }
}
