import { DswarmError, hasCode } from '../errors/error.ts';
import type { Docker } from '../ports/docker.ts';

/** How each method of the port answers. */
const METHODS: Readonly<Record<keyof Docker, 'promise' | 'stream'>> = {
  ping: 'promise',
  info: 'promise',
  listContainers: 'promise',
  inspectContainer: 'promise',
  events: 'stream',
  image: 'promise',
  pullImage: 'promise',
  loadImage: 'promise',
  createContainer: 'promise',
  startContainer: 'promise',
  stopContainer: 'promise',
  removeContainer: 'promise',
  listVolumes: 'promise',
  removeVolume: 'promise',
  listNetworks: 'promise',
  inspectNetwork: 'promise',
  createNetwork: 'promise',
  removeNetwork: 'promise',
  connectNetwork: 'promise',
  logs: 'stream',
  exec: 'promise',
};

export interface GateOptions {
  /** The engine while the link is ready; else why there is none. */
  engine: () => Docker | DswarmError;
  /** Something failed in a way that a dead connection would explain: worth a look at once. */
  suspect: () => void;
  /** The engine has answered something: a sign of life. */
  heard?: () => void;
}

type Method = (...args: unknown[]) => unknown;

/** A link's engine, through its ups and downs: calls reject at once while it is down, and those under way are rejected once when it goes. */
export class DockerGate {
  readonly docker: Docker;
  readonly #options: GateOptions;
  readonly #pending = new Set<(error: DswarmError) => void>();

  constructor(options: GateOptions) {
    this.#options = options;
    const methods = Object.entries(METHODS).map(([name, kind]): [string, Method] => {
      const method = name as keyof Docker;
      return [name, kind === 'stream' ? (...args) => this.#stream(method, args) : (...args) => this.#call(method, args)];
    });
    this.docker = Object.fromEntries(methods) as unknown as Docker;
  }

  /** Calls and streams under way. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Their callers learn that the answer is lost. What was asked may have been done all the same (invariant 8). */
  rejectPending(error: DswarmError): void {
    const pending = [...this.#pending];
    this.#pending.clear();
    for (const reject of pending) reject(error);
  }

  async #call(method: keyof Docker, args: unknown[]): Promise<unknown> {
    try {
      const answer = await this.#raced(this.#invoke(method, args) as Promise<unknown>);
      this.#options.heard?.();
      return answer;
    } catch (error) {
      throw this.#noted(error);
    }
  }

  async *#stream(method: keyof Docker, args: unknown[]): AsyncGenerator {
    const at = method === 'events' ? 0 : 1;
    const given = args[at] as { signal?: AbortSignal | undefined };
    const own = new AbortController();
    const signal = given.signal === undefined ? own.signal : AbortSignal.any([given.signal, own.signal]);
    const source = this.#invoke(method, args.with(at, { ...given, signal })) as AsyncGenerator;
    try {
      for (;;) {
        const step = await this.#raced(source.next());
        if (step.done === true) return;
        this.#options.heard?.();
        yield step.value;
      }
    } catch (error) {
      throw this.#noted(error);
    } finally {
      own.abort();
    }
  }

  #invoke(method: keyof Docker, args: unknown[]): unknown {
    const engine = this.#options.engine();
    if (engine instanceof DswarmError) throw engine;
    return (engine[method] as Method).apply(engine, args);
  }

  #raced<T>(call: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#pending.add(reject);
      const done = (): void => {
        this.#pending.delete(reject);
      };
      call.then(resolve, reject).finally(done).catch(reject);
    });
  }

  /** To its users a host whose engine cannot be reached is unreachable, whatever the cause; the link's state tells it exactly. */
  #noted(error: unknown): unknown {
    if (hasCode(error, 'DSW_HOST_UNREACHABLE', 'DSW_DOCKER_TIMEOUT')) this.#options.suspect();
    if (!hasCode(error, 'DSW_DOCKER_NOT_RUNNING', 'DSW_DOCKER_SOCKET_DENIED', 'DSW_SSH_FORWARDING_FORBIDDEN')) return error;
    this.#options.suspect();
    return new DswarmError('DSW_HOST_UNREACHABLE', error.message, { where: error.where, hint: error.hint, cause: error });
  }
}
