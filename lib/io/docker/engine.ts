import type { Readable } from 'node:stream';
import type { Clock } from '../../ports/clock.ts';
import type {
  ContainerConfig,
  Docker,
  EndpointConfig,
  EngineEvent,
  ExecOptions,
  ExecSession,
  ImageInfo,
  LogChunk,
  LogOptions,
  NetworkConfig,
} from '../../ports/docker.ts';
import { noMetrics, type Metrics } from '../../ports/metrics.ts';
import type { EngineInfo, ObservedContainer, ObservedNetwork } from '../../types/observation.ts';
import { withDeadline } from './deadline.ts';
import { isBroken, mapError, orAbsent, pullError, unlessSo } from './errors.ts';
import { NetworkCalls, type Calls } from './networks.ts';
import { VolumeCalls } from './volumes.ts';
import { openExec } from './exec.ts';
import { jsonLines, progressLine } from './lines.ts';
import { openLogs, readLogs } from './logs.ts';
import { dial, get, openModems, setVersion, type EngineAddress, type Modems } from './modem.ts';
import { parseEvent, parseInfo, parseInspected, parseListed, type RawInfo, type RawPlugin } from './parse.ts';
import { negotiate, type EngineVersion } from './versions.ts';

/** Filters of `GET /plugins` for log drivers in use. */
const LOG_PLUGINS = encodeURIComponent(JSON.stringify({ enabled: ['true'], capability: ['logdriver'] }));

/** Milliseconds. */
export interface Deadlines {
  ping: number;
  /** Lists, inspections, opening a stream. */
  read: number;
  create: number;
  start: number;
  /** On top of the grace period. */
  stop: number;
  remove: number;
  /** Between two lines of progress of a pull. */
  pullSilence: number;
  load: number;
}

export const DEADLINES: Deadlines = {
  ping: 10_000,
  read: 20_000,
  create: 30_000,
  start: 60_000,
  stop: 20_000,
  remove: 60_000,
  pullSilence: 300_000,
  load: 600_000,
};

export interface DockerOptions {
  address: EngineAddress;
  clock: Clock;
  /** The host's name, for messages and metrics. */
  where: string;
  deadlines?: Partial<Deadlines>;
  metrics?: Metrics;
}

export interface Engine extends Docker {
  /** Agrees on an API version; rejects with DSW_ENGINE_TOO_OLD. Until then calls go without a version, so the engine takes its newest. */
  negotiate(): Promise<EngineVersion>;
}

export function createDocker(options: DockerOptions): Engine {
  return new DockerEngine(options);
}

/** Events that change what a container is, or make or remove a volume. Without the filter every healthcheck would send three of `exec_...`. */
const ACTIONS = [
  'create',
  'start',
  'die',
  'kill',
  'oom',
  'stop',
  'destroy',
  'pause',
  'unpause',
  'restart',
  'rename',
  'update',
  'health_status',
];

interface RawVersion {
  Version: string;
  ApiVersion: string;
  MinAPIVersion?: string;
}

interface Call<T> {
  op: string;
  what: string;
  ms: number;
  signal?: AbortSignal | undefined;
  run: (modems: Modems, signal: AbortSignal) => Promise<T>;
}

class DockerEngine implements Engine {
  readonly #options: DockerOptions;
  readonly #where: string;
  readonly #metrics: Metrics;
  readonly #deadlines: Deadlines;
  readonly #networks: NetworkCalls;
  readonly #volumes: VolumeCalls;
  #modems: Promise<Modems> | undefined;
  #apiVersion = '';

  constructor(options: DockerOptions) {
    this.#options = options;
    this.#where = options.where;
    this.#metrics = options.metrics ?? noMetrics;
    this.#deadlines = { ...DEADLINES, ...options.deadlines };
    const calls: Calls = {
      read: (op, what, run) => this.#read(op, what, this.#deadlines.read, run),
      write: (op, what, run) => this.#call({ op, what, ms: this.#deadlines.create, run }),
    };
    this.#networks = new NetworkCalls(calls);
    this.#volumes = new VolumeCalls(calls);
  }

  async negotiate(): Promise<EngineVersion> {
    const modems = await this.#client();
    // An older engine refuses a versioned path that the one before it understood.
    setVersion(modems, undefined);
    const raw = await this.#read<RawVersion>('version', 'read the version', this.#deadlines.ping, ({ calls }, signal) =>
      get(calls, '/version', signal),
    );
    const version = { version: raw.Version, apiVersion: raw.ApiVersion, minApiVersion: raw.MinAPIVersion ?? raw.ApiVersion };
    this.#apiVersion = raw.ApiVersion;
    setVersion(modems, negotiate(version, this.#where));
    return version;
  }

  async ping(): Promise<void> {
    await this.#read('ping', 'ping', this.#deadlines.ping, ({ calls }, signal) => get(calls, '/_ping', signal));
  }

  async info(): Promise<EngineInfo> {
    if (this.#apiVersion === '') await this.negotiate();
    const what = 'read the engine information';
    const raw = await this.#read<RawInfo>('info', what, this.#deadlines.read, ({ calls }, signal) => get(calls, '/info', signal));
    const plugins = await this.#read<RawPlugin[] | null>('info', what, this.#deadlines.read, ({ calls }, signal) =>
      get(calls, `/plugins?filters=${LOG_PLUGINS}&`, signal),
    );
    return parseInfo(raw, plugins ?? [], this.#apiVersion);
  }

  async listContainers(filter: { labels?: string[]; ids?: string[] }): Promise<ObservedContainer[]> {
    // The engine reads an empty filter as none at all.
    if (filter.ids?.length === 0) return [];
    const filters = {
      ...(filter.labels === undefined ? {} : { label: filter.labels }),
      ...(filter.ids === undefined ? {} : { id: filter.ids }),
    };
    const found = await this.#read('list', 'list containers', this.#deadlines.read, ({ calls }, abortSignal) =>
      calls.listContainers({ all: true, filters, abortSignal } as object),
    );
    return found.map(parseListed);
  }

  async inspectContainer(id: string): Promise<ObservedContainer | undefined> {
    const found = await orAbsent(
      this.#read('inspect', `inspect container ${id}`, this.#deadlines.read, ({ calls }, abortSignal) =>
        calls.getContainer(id).inspect({ abortSignal } as object),
      ),
    );
    return found === undefined ? undefined : parseInspected(found);
  }

  async image(reference: string): Promise<ImageInfo | undefined> {
    const found = await orAbsent(
      this.#read('inspectImage', `inspect image ${reference}`, this.#deadlines.read, ({ calls }, abortSignal) =>
        calls.getImage(reference).inspect({ abortSignal } as object),
      ),
    );
    return found === undefined ? undefined : { id: found.Id, arch: found.Architecture };
  }

  async *events(options: { signal: AbortSignal; ready?: () => void }): AsyncGenerator<EngineEvent> {
    const filters = { type: ['container', 'volume'], event: ACTIONS };
    const open: Call<Readable>['run'] = ({ streams }, abortSignal) =>
      streams.getEvents({ filters, abortSignal } as object) as Promise<Readable>;
    for await (const line of jsonLines(this.#stream('events', 'follow events', options, open), () => {
      this.#garbage();
    })) {
      const event = parseEvent(line);
      if (event === undefined) {
        this.#garbage();
        continue;
      }
      this.#metrics.count('dswarm_docker_events_total', { host: this.#where });
      yield event;
    }
  }

  async pullImage(reference: string, options: { signal?: AbortSignal; progress?: (line: string) => void } = {}): Promise<void> {
    const call = { where: this.#where, what: `pull ${reference}` };
    const ms = this.#deadlines.pullSilence;
    const stream = await this.#call({
      op: 'pull',
      what: call.what,
      ms,
      signal: options.signal,
      run: ({ streams }, abortSignal) => streams.pull(reference, { abortSignal }) as Promise<Readable>,
    });
    try {
      const lines = jsonLines(stream, () => {
        this.#garbage();
      });
      for (;;) {
        const next = await withDeadline({ clock: this.#options.clock, ms, signal: options.signal, ...call }, () => lines.next());
        if (next.done === true) return;
        const error = pullError(next.value, call);
        if (error !== undefined) throw error;
        options.progress?.(progressLine(next.value));
      }
    } catch (error) {
      throw mapError(error, call);
    } finally {
      stream.destroy();
    }
  }

  async loadImage(tar: Readable): Promise<void> {
    const call = { where: this.#where, what: 'load image' };
    await this.#call({
      op: 'load',
      what: call.what,
      ms: this.#deadlines.load,
      run: async ({ streams }, abortSignal) => {
        const stream = (await streams.loadImage(tar, { abortSignal } as object)) as Readable;
        for await (const line of jsonLines(stream, () => undefined)) {
          const error = pullError(line, call);
          if (error !== undefined) throw error;
        }
      },
    });
  }

  async createContainer(name: string, config: ContainerConfig): Promise<{ id: string; warnings: string[] }> {
    const options = { _query: { name }, _body: config };
    // Not dockerode's createContainer: that one drops the engine's warnings.
    const run = ({ calls }: Modems, abortSignal: AbortSignal): Promise<{ Id: string; Warnings?: string[] | null }> =>
      dial(calls, { path: '/containers/create?', method: 'POST', options, abortSignal, statusCodes: { 201: true } });
    const made = await this.#call({ op: 'create', what: `create container ${name}`, ms: this.#deadlines.create, run });
    return { id: made.Id, warnings: made.Warnings ?? [] };
  }

  async startContainer(id: string): Promise<void> {
    const run = ({ streams }: Modems, abortSignal: AbortSignal): Promise<boolean> =>
      unlessSo(streams.getContainer(id).start({ abortSignal } as object));
    await this.#call({ op: 'start', what: `start container ${id}`, ms: this.#deadlines.start, run });
  }

  stopContainer(id: string, graceSeconds: number): Promise<boolean> {
    const run = ({ streams }: Modems, abortSignal: AbortSignal): Promise<boolean> =>
      unlessSo(streams.getContainer(id).stop({ t: graceSeconds, abortSignal } as object));
    return this.#call({ op: 'stop', what: `stop container ${id}`, ms: graceSeconds * 1000 + this.#deadlines.stop, run });
  }

  async removeContainer(id: string, options: { force: boolean }): Promise<void> {
    const run = ({ streams }: Modems, abortSignal: AbortSignal): Promise<unknown> =>
      streams.getContainer(id).remove({ force: options.force, v: true, abortSignal } as object);
    await orAbsent(this.#call({ op: 'remove', what: `remove container ${id}`, ms: this.#deadlines.remove, run }));
  }

  listVolumes(): Promise<string[]> {
    return this.#volumes.list();
  }

  removeVolume(name: string): Promise<void> {
    return this.#volumes.remove(name);
  }

  listNetworks(filter: { labels?: string[] }): Promise<ObservedNetwork[]> {
    return this.#networks.list(filter);
  }

  inspectNetwork(name: string): Promise<ObservedNetwork | undefined> {
    return this.#networks.inspect(name);
  }

  createNetwork(config: NetworkConfig): Promise<{ id: string }> {
    return this.#networks.create(config);
  }

  removeNetwork(id: string): Promise<void> {
    return this.#networks.remove(id);
  }

  async connectNetwork(network: string, container: string, endpoint: EndpointConfig): Promise<void> {
    try {
      await this.#networks.connect({ network, container, endpoint });
    } catch (error) {
      // Engines differ in how they refuse a second connect.
      const isIn = (await this.inspectContainer(container))?.networks?.[network] !== undefined;
      if (!isIn) throw error;
    }
  }

  async *logs(id: string, options: LogOptions): AsyncGenerator<LogChunk> {
    const tty = await this.#read('inspect', `read the log of ${id}`, this.#deadlines.read, async ({ calls }, abortSignal) => {
      const found = await calls.getContainer(id).inspect({ abortSignal } as object);
      return found.Config.Tty;
    });
    const open: Call<Readable>['run'] = ({ streams }, signal) => openLogs(streams, id, options, signal);
    yield* readLogs(this.#stream('logs', `read the log of ${id}`, options, open), tty);
  }

  exec(id: string, options: ExecOptions): Promise<ExecSession> {
    const { read: ms } = this.#deadlines;
    const call = <T>(what: string, run: (modems: Modems, signal: AbortSignal) => Promise<T>): Promise<T> =>
      this.#call({ op: 'exec', what, ms, run });
    return openExec({ id, options, call, clock: this.#options.clock });
  }

  #client(): Promise<Modems> {
    this.#modems ??= openModems(this.#options.address);
    return this.#modems;
  }

  async #call<T>(call: Call<T>): Promise<T> {
    const { clock } = this.#options;
    const begun = clock.monotonic();
    let code = 'ok';
    try {
      const modems = await this.#client();
      const options = { clock, ms: call.ms, where: this.#where, what: call.what, signal: call.signal };
      return await withDeadline(options, (signal) => call.run(modems, signal));
    } catch (failure) {
      const error = mapError(failure, { where: this.#where, what: call.what });
      code = error.code;
      throw error;
    } finally {
      const labels = { host: this.#where, op: call.op, code };
      this.#metrics.observe('dswarm_docker_request_duration_seconds', (clock.monotonic() - begun) / 1000, labels);
      this.#metrics.count('rest_client_requests_total', { host: this.#where, method: call.op, code });
    }
  }

  /** A read is safe to repeat: once, when a kept-alive connection turned out to be dead. */
  async #read<T>(op: string, what: string, ms: number, run: Call<T>['run']): Promise<T> {
    try {
      return await this.#call({ op, what, ms, run });
    } catch (error) {
      if (!isBroken(error)) throw error;
      return this.#call({ op, what, ms, run });
    }
  }

  /** The deadline is for the beginning of the answer; the signal ends it at any time, and without an error. */
  async *#stream(
    op: string,
    what: string,
    options: { signal?: AbortSignal | undefined; ready?: () => void },
    run: Call<Readable>['run'],
  ): AsyncGenerator<Buffer> {
    const { signal } = options;
    let stream: Readable | undefined;
    const end = (): void => {
      stream?.destroy();
    };
    try {
      stream = await this.#call({ op, what, ms: this.#deadlines.read, signal, run });
      signal?.addEventListener('abort', end, { once: true });
      // The engine sends the head of the answer as it subscribes us.
      options.ready?.();
      for await (const chunk of stream) yield chunk as Buffer;
    } catch (error) {
      if (signal?.aborted !== true) throw mapError(error, { where: this.#where, what });
    } finally {
      signal?.removeEventListener('abort', end);
      end();
    }
  }

  #garbage(): void {
    this.#metrics.count('dswarm_docker_garbage_total', { host: this.#where });
  }
}
