import type { Readable } from 'node:stream';
import { DswarmError, type ErrorCode } from '../../lib/errors/error.ts';
import { sleep, type Clock } from '../../lib/ports/clock.ts';
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
} from '../../lib/ports/docker.ts';
import type { EngineInfo, ObservedContainer, ObservedNetwork } from '../../lib/types/observation.ts';
import {
  attributes,
  begin,
  inspected,
  isChecked,
  listed,
  matches,
  restarts,
  settle,
  startsWithEngine,
  takeDelay,
  takenPort,
  whyNotRemoved,
  type FakeContainer,
} from './container.ts';
import { ENGINE_SHAPE, referencesIn, type Behaviour, type FakeEngineOptions } from './engine-options.ts';
import { fakeExec } from './exec.ts';
import { FakeIds, hash } from './ids.ts';
import { MUTATING, type FakeCall } from './mutating.ts';
import { FakeLogs } from './logs.ts';
import { FakeNetworks } from './networks.ts';
import { Fanout } from './streams.ts';
import { FakeVolumes } from './volumes.ts';

export type { FakeEngineOptions } from './engine-options.ts';

/** A Docker engine in memory; test/contracts/docker.ts holds it to what a real one does. */
export class FakeEngine implements Docker {
  /** Every call in order. Tests count the mutating ones. */
  readonly calls: FakeCall[] = [];
  readonly images = new Map<string, string>();
  /** Images that are made for another processor than amd64. */
  readonly archs = new Map<string, string>();
  readonly pullable: Map<string, number>;
  /** By id. */
  readonly containers = new Map<string, FakeContainer>();
  /** Host ports that some process holds: `8080/tcp`. */
  readonly takenPorts = new Set<string>();
  /** While false the engine sends no events, though subscribers stay (a stream that died silently). */
  eventsFlow = true;
  /** No space left: nothing is pulled or created. */
  isFull = false;
  readonly #options: FakeEngineOptions;
  readonly #clock: Clock;
  readonly #ids: FakeIds;
  readonly #events = new Fanout<EngineEvent>();
  readonly #logs = new FakeLogs();
  #info: EngineInfo;
  readonly networks: FakeNetworks;
  readonly volumes: FakeVolumes;
  /** Containers that were running when the engine went down. */
  readonly #interrupted = new Set<string>();
  #up = true;

  constructor(options: FakeEngineOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#ids = new FakeIds(options.seed ?? 1);
    this.pullable = new Map(Object.entries(options.pullable ?? {}));
    for (const image of options.images ?? []) this.#addImage(image);
    const hex = (length: number): string => this.#ids.hex(length);
    this.networks = new FakeNetworks(hex, (code, message) => this.#error(code, message));
    this.volumes = new FakeVolumes(hex, (action, name) => this.#emit('volume', action, name, { driver: 'local' }));
    this.#info = { ...ENGINE_SHAPE, id: this.#ids.uid(), ...options.info };
  }

  get mutatingCalls(): readonly FakeCall[] {
    return this.calls.filter((call) => call.mutating);
  }

  get isUp(): boolean {
    return this.#up;
  }

  /** Readers of the event stream. */
  get subscribers(): number {
    return this.#events.size;
  }

  // --- the port ---
  async ping(): Promise<void> {
    await this.#enter('ping', []);
  }

  async info(): Promise<EngineInfo> {
    await this.#enter('info', []);
    return this.#info;
  }

  async listContainers(filter: { labels?: string[]; ids?: string[] }): Promise<ObservedContainer[]> {
    await this.#enter('listContainers', [filter], this.#options.latency?.list);
    return [...this.containers.values()].filter((container) => matches(container, filter)).map(listed);
  }

  async inspectContainer(id: string): Promise<ObservedContainer | undefined> {
    await this.#enter('inspectContainer', [id]);
    const container = this.containers.get(id) ?? [...this.containers.values()].find(({ name }) => name === id);
    return container === undefined ? undefined : inspected(container);
  }

  async *events(options: { signal: AbortSignal; ready?: () => void }): AsyncGenerator<EngineEvent> {
    await this.#enter('events', []);
    yield* this.#events.read(options.signal, options.ready);
  }

  async image(reference: string): Promise<ImageInfo | undefined> {
    await this.#enter('image', [reference]);
    const id = this.images.get(reference);
    return id === undefined ? undefined : { id, arch: this.archs.get(reference) ?? 'amd64' };
  }

  async pullImage(reference: string, options: { signal?: AbortSignal; progress?: (line: string) => void } = {}): Promise<void> {
    await this.#enter('pullImage', [reference]);
    options.progress?.(`Pulling ${reference}`);
    this.#checkSpace();
    const latency = this.pullable.get(reference);
    if (latency === undefined) throw this.#error('DSW_DOCKER_NOT_FOUND', `manifest for ${reference} not found: manifest unknown`);
    if (latency > 0) await sleep(this.#clock, latency, options.signal);
    this.#addImage(reference);
    options.progress?.(`Status: Downloaded newer image for ${reference}`);
    this.#emit('image', 'pull', reference, { name: reference });
  }

  async loadImage(tar: Readable): Promise<void> {
    await this.#enter('loadImage', []);
    for (const reference of await referencesIn(tar)) this.#addImage(reference);
  }

  async createContainer(name: string, config: ContainerConfig): Promise<{ id: string; warnings: string[] }> {
    await this.#enter('createContainer', [name, config], this.#options.latency?.create);
    const holder = [...this.containers.values()].find((container) => container.name === name);
    if (holder !== undefined)
      throw this.#error('DSW_DOCKER_CONFLICT', `Conflict. The container name "/${name}" is already in use by container "${holder.id}".`);
    if (!this.images.has(config.Image)) throw this.#error('DSW_DOCKER_NOT_FOUND', `No such image: ${config.Image}`);
    this.#checkSpace();
    const networks = this.networks.entered(config);
    const id = this.#ids.hex(64);
    const fresh = { networks, exitCode: 0, oomKilled: false, restartCount: 0, stoppedByHand: false, restartDelay: 100, cancel: [] };
    this.containers.set(id, { id, name, config: structuredClone(config), state: 'created', createdAt: this.#clock.now(), ...fresh });
    this.#emitOf(id, 'create');
    this.volumes.mount(id, config);
    return { id, warnings: [] };
  }

  async startContainer(id: string): Promise<void> {
    await this.#enter('startContainer', [id]);
    this.#get(id);
    if (this.#options.latency?.start !== undefined) await sleep(this.#clock, this.#options.latency.start);
    const container = this.#get(id);
    if (container.state === 'running') return;
    const { cannotStart = takenPort(container, this.containers.values(), this.takenPorts) } = this.#behaviour(container);
    if (cannotStart !== undefined) throw this.#error('DSW_DOCKER_REFUSED', cannotStart);
    this.networks.attach(container, [...this.containers.values()]);
    container.stoppedByHand = false;
    container.restartCount = 0;
    this.#run(container);
  }

  async stopContainer(id: string, graceSeconds: number): Promise<boolean> {
    await this.#enter('stopContainer', [id, graceSeconds]);
    const container = this.#get(id);
    if (container.state !== 'running' && container.state !== 'restarting') return false;
    container.stoppedByHand = true;
    const { stop = 0 } = this.#options.latency ?? {};
    if (container.state === 'restarting') settle(container, container.exitCode);
    else if (stop > 0) await sleep(this.#clock, stop);
    if (container.state !== 'running') return true;
    this.#emitOf(id, 'kill', { signal: '15' });
    this.#end(container, 0);
    this.#emitOf(id, 'stop');
    return true;
  }

  async removeContainer(id: string, options: { force: boolean }): Promise<void> {
    await this.#enter('removeContainer', [id, options]);
    const container = this.containers.get(id);
    if (container === undefined) return;
    const refusal = whyNotRemoved(container, options.force);
    if (refusal !== undefined) throw this.#error('DSW_DOCKER_CONFLICT', refusal);
    if (container.state === 'running' || container.state === 'restarting') this.kill(id);
    container.state = 'removing';
    const { remove = 0 } = this.#options.latency ?? {};
    await (remove > 0 ? sleep(this.#clock, remove) : Promise.resolve());
    for (const cancel of container.cancel.splice(0)) cancel();
    this.containers.delete(id);
    this.#logs.of(id).live.end();
    this.#emit('container', 'destroy', id, attributes(container));
    this.volumes.release(id);
  }

  listVolumes(): Promise<string[]> {
    return this.#enter('listVolumes', []).then(() => this.volumes.list());
  }

  removeVolume(name: string): Promise<void> {
    return this.#enter('removeVolume', [name]).then(() => this.volumes.remove(name));
  }

  listNetworks(filter: { labels?: string[] }): Promise<ObservedNetwork[]> {
    return this.#enter('listNetworks', [filter]).then(() => this.networks.list(filter.labels ?? []));
  }

  inspectNetwork(name: string): Promise<ObservedNetwork | undefined> {
    return this.#enter('inspectNetwork', [name]).then(() => this.networks.inspect(name, this.containers.values()));
  }

  createNetwork(config: NetworkConfig): Promise<{ id: string }> {
    return this.#enter('createNetwork', [config]).then(() => this.networks.create(config));
  }

  async removeNetwork(id: string): Promise<void> {
    await this.#enter('removeNetwork', [id]);
    this.networks.remove(id, this.containers.values());
  }

  async connectNetwork(network: string, id: string, endpoint: EndpointConfig): Promise<void> {
    await this.#enter('connectNetwork', [network, id, endpoint]);
    const container = this.#get(id);
    this.networks.connect(container, network, endpoint);
    if (container.state === 'running') this.networks.attach(container, [...this.containers.values()]);
  }

  async *logs(id: string, options: LogOptions): AsyncGenerator<LogChunk> {
    await this.#enter('logs', [id, options]);
    yield* this.#logs.read(this.#get(id), options);
  }

  async exec(id: string, options: ExecOptions): Promise<ExecSession> {
    await this.#enter('exec', [id, options]);
    const container = this.#get(id);
    if (container.state !== 'running') throw this.#error('DSW_DOCKER_CONFLICT', `Container ${id} is not running`);
    const { output, exitCode } = this.#options.exec?.(options.command) ?? { output: '', exitCode: 0 };
    return fakeExec({ output, exitCode, tty: options.tty });
  }

  // --- what happens to the containers by itself ---

  /** Its process ends by itself; the restart policy acts. */
  crash(id: string, code = 1): void {
    this.#end(this.#get(id), code);
  }

  oom(id: string): void {
    this.#get(id).oomKilled = true;
    this.#emitOf(id, 'oom');
    this.#end(this.#get(id), 137);
  }

  /** `docker kill`: counts as a stop by hand, the restart policy does not act. */
  kill(id: string): void {
    const container = this.#get(id);
    container.stoppedByHand = true;
    this.#emitOf(id, 'kill', { signal: '9' });
    this.#end(container, 137);
  }

  /** `docker rename`, `update`, `pause` and the like by a person: other limits show in no list. An event that comes late, too. */
  meddle(id: string, action: 'rename' | 'update' | 'pause' | 'unpause' | 'die', change: Partial<FakeContainer> = {}): void {
    Object.assign(this.#get(id), change);
    this.#emitOf(id, action);
  }

  setHealth(id: string, health: 'starting' | 'healthy' | 'unhealthy'): void {
    const container = this.#get(id);
    container.health = health;
    if (health !== 'starting') this.#emitOf(id, `health_status: ${health}`);
  }

  /** Writes a line to a container's log. */
  print(id: string, text: string, stream?: LogChunk['stream']): void {
    this.#logs.print(id, text, stream);
  }

  /** It is configured anew and restarted without its containers (live-restore). */
  reconfigure(info: Partial<EngineInfo>): void {
    this.#info = { ...this.#info, ...info };
    this.endEvents();
  }

  /** Ends all event streams, as a proxy or a restart does. */
  endEvents(error?: Error): void {
    this.#events.end(error);
  }

  /** The engine goes down; its containers with it, as with the host, or not, as under live-restore. */
  down({ liveRestore = false }: { liveRestore?: boolean } = {}): void {
    this.#up = false;
    this.#events.end(this.#error('DSW_HOST_UNREACHABLE', 'the engine is down'));
    if (liveRestore) return;
    for (const container of this.containers.values()) {
      if (container.state !== 'running' && container.state !== 'restarting') continue;
      this.#interrupted.add(container.id);
      this.#markEnd(container, 137);
    }
  }

  /** It comes back and starts what its restart policies say. */
  up(): void {
    this.#up = true;
    for (const container of this.containers.values())
      if (container.state !== 'running' && startsWithEngine(container, this.#interrupted.has(container.id))) this.#run(container);
    this.#interrupted.clear();
  }

  // --- inside ---
  async #enter(op: keyof Docker, args: readonly unknown[], latency = 0): Promise<void> {
    this.calls.push({ op, mutating: MUTATING.has(op), args });
    await Promise.resolve();
    if (!this.#up) throw this.#error('DSW_HOST_UNREACHABLE', 'the engine is down');
    if (latency > 0) await sleep(this.#clock, latency);
  }

  #run(container: FakeContainer): void {
    if (!this.networks.haveAll(container)) return settle(container, 128);
    begin(container, this.#clock.now());
    this.networks.attach(container, [...this.containers.values()]);
    this.#emitOf(container.id, 'start');
    const { exit, health } = this.#behaviour(container);
    if (exit !== undefined) container.cancel.push(this.#clock.after(exit.afterMs, () => this.#end(container, exit.code)));
    this.#check(container, health);
  }

  readonly #behaviour = ({ config }: FakeContainer): Behaviour => this.#options.behaviour?.(config) ?? {};

  #check(container: FakeContainer, result: Behaviour['health'] = 'healthy'): void {
    if (!isChecked(container)) return;
    container.health = 'starting';
    const { healthAfter = 0 } = this.#options;
    if (healthAfter === 'manual' || result === 'starting') return;
    container.cancel.push(this.#clock.after(healthAfter, () => this.setHealth(container.id, result)));
  }

  #checkSpace(): void {
    if (this.isFull) throw this.#error('DSW_DOCKER_REFUSED', 'no space left on device');
  }

  #end(container: FakeContainer, code: number): void {
    if (container.state === 'restarting') settle(container, container.exitCode);
    else if (container.state === 'running') this.#endRunning(container, code);
  }

  #endRunning(container: FakeContainer, code: number): void {
    const ranFor = this.#clock.now() - (container.startedAt ?? 0);
    this.#markEnd(container, code);
    this.#emitOf(container.id, 'die', { exitCode: String(code) });
    if (!restarts(container)) return;
    container.state = 'restarting';
    container.cancel.push(
      this.#clock.after(takeDelay(container, ranFor), () => {
        container.restartCount += 1;
        this.#run(container);
      }),
    );
  }

  #markEnd(container: FakeContainer, code: number): void {
    settle(container, code);
    container.finishedAt = this.#clock.now();
    this.#options.ended?.(container);
    this.#logs.of(container.id).live.end();
  }

  #get(id: string): FakeContainer {
    const container = this.containers.get(id);
    if (container === undefined) throw this.#error('DSW_DOCKER_NOT_FOUND', `No such container: ${id}`);
    return container;
  }

  #addImage(reference: string): void {
    this.images.set(reference, `sha256:${new FakeIds(hash(reference)).hex(64)}`);
  }

  #emitOf(id: string, action: string, more: Record<string, string> = {}): void {
    this.#emit('container', action, id, { ...attributes(this.#get(id)), ...more });
  }

  #emit(type: string, action: string, id: string, attrs: Record<string, string>): void {
    if (this.eventsFlow) this.#events.push({ type, action, id, attributes: attrs, timeNano: this.#clock.now() * 1e6 });
  }

  #error(code: ErrorCode, message: string): DswarmError {
    return new DswarmError(code, message, { where: this.#info.hostname });
  }
}
