import { createMemoryStore } from '../../lib/io/store/memory.ts';
import { LABELS } from '../../lib/plan/names.ts';
import { specHash } from '../../lib/plan/spec-hash.ts';
import type { Store } from '../../lib/ports/store.ts';
import type { StoredNode, StoredService } from '../../lib/types/objects.ts';
import { node } from '../controllers/harness.ts';
import type { FakeContainer } from '../fakes/container.ts';
import { FakeHosts } from '../fakes/hosts.ts';
import { FakeIds } from '../fakes/ids.ts';
import { SimClock } from './clock.ts';
import { Door } from './door.ts';
import { kindFate, type FateSource } from './fate.ts';
import { isOurs, Monitor } from './monitor.ts';
import { ControllerProcess } from './process.ts';
import type { Profile } from './profile.ts';

export const CLUSTER = 'sim';
export const RESYNC_MS = 10_000;
/** The controller is back after this at the latest, ms. */
const RESTART_MS = 8_000;
export const IMAGES = ['registry.test/hello:1', 'registry.test/hello:2'] as const;

export interface SimOptions {
  seed: number;
  profile: Profile;
  hosts: number;
}

/** Hosts, users and a controller in virtual time. */
export class SimWorld {
  readonly clock = new SimClock();
  readonly store: Store = createMemoryStore();
  readonly profile: Profile;
  readonly hosts: FakeHosts;
  readonly doors = new Map<string, Door>();
  readonly monitor: Monitor;
  readonly trace: string[] = [];
  fates: FateSource = kindFate;
  /** Whether the controller dies at its next write to the store. */
  diesCommitting: () => boolean = () => false;
  readonly #ids: FakeIds;
  readonly #moved = new Set<string>();
  #calls = 0;
  #mutations = 0;
  #incarnations = 0;
  #process: ControllerProcess | undefined;
  /** Its state directory is locked until it has ended. */
  #stopping = false;

  constructor({ seed, profile, hosts }: SimOptions) {
    this.profile = profile;
    this.#ids = new FakeIds(seed);
    this.monitor = new Monitor(this);
    this.hosts = new FakeHosts(this.clock, (name) => this.#door(name).docker);
    for (let index = 1; index <= hosts; index += 1) {
      this.hosts.add(`h${index}`, {
        images: IMAGES.slice(0, 1),
        pullable: Object.fromEntries(IMAGES.map((image) => [image, 500])),
        healthAfter: 1_000,
      });
    }
  }

  get names(): string[] {
    return [...this.hosts.engines.keys()];
  }

  /** Calls that changed an engine, by the controller. */
  get mutations(): number {
    return this.#mutations;
  }

  get isControllerUp(): boolean {
    return this.#process !== undefined;
  }

  async begin(): Promise<void> {
    this.store.watch(this.store.snapshot().revision).subscribe((event) => this.monitor.stored(event));
    await this.store.commit(this.names.map((name) => ({ put: node(name) })));
    this.startController();
  }

  note(text: string): void {
    this.trace.push(`${String(this.clock.monotonic()).padStart(7)} ${text}`);
  }

  startController(): void {
    if (this.#process !== undefined || this.#stopping) return;
    this.note(`controller started (${(this.#incarnations += 1)})`);
    const { clock, store, hosts } = this;
    const committing = (): boolean => {
      if (!this.diesCommitting()) return false;
      queueMicrotask(() => this.killController());
      return true;
    };
    this.#process = new ControllerProcess({ clusterName: CLUSTER, hosts, store, clock, ids: this.#ids, resyncMs: RESYNC_MS, committing });
    this.#process.start();
  }

  killController(): void {
    if (this.#process === undefined) return;
    this.note('controller killed');
    this.#process.kill();
    this.#process = undefined;
    this.#supervise();
  }

  /** SIGTERM; what it still does while it drains is its own. */
  stopController(): void {
    if (this.#process === undefined) return;
    this.note('controller told to stop');
    this.#stopping = true;
    void this.#process.stop().then(() => {
      this.#stopping = false;
      this.#supervise();
    });
    this.#process = undefined;
  }

  /** Somebody starts it again, sooner or later. */
  #supervise(): void {
    this.clock.after(1 + Math.floor(this.#ids.random() * RESTART_MS), () => this.startController());
  }

  service(name: string): StoredService | undefined {
    return this.store.snapshot().get({ kind: 'Service', namespace: 'default', name });
  }

  nodeObject(name: string): StoredNode | undefined {
    return this.store.snapshot().get({ kind: 'Node', name });
  }

  /** A user's write, as admission would make it. */
  async apply(object: StoredService | StoredNode): Promise<void> {
    const { kind, metadata } = object;
    const before = this.store.snapshot().get({ kind, namespace: metadata.namespace, name: metadata.name });
    const generation = (before?.metadata.generation ?? 0) + 1;
    const uid = before?.metadata.uid ?? this.#ids.uid();
    const status = before?.status === undefined ? {} : { status: before.status };
    await this.store.commit([{ put: { ...object, ...status, metadata: { ...metadata, generation, uid } } as StoredService }]);
    if (kind === 'Node') this.#moved.add(metadata.name);
    else this.monitor.changed(metadata.name);
  }

  async delete(name: string): Promise<void> {
    await this.store.commit([{ delete: { kind: 'Service', namespace: 'default', name } }]);
    this.monitor.changed(name);
  }

  /** Whether the node's availability was ever changed: then its tasks may move. */
  wasMoved(name: string): boolean {
    return this.#moved.has(name);
  }

  containers(): { node: string; container: FakeContainer }[] {
    return [...this.hosts.engines].flatMap(([name, engine]) =>
      [...engine.containers.values()].map((container) => ({ node: name, container })),
    );
  }

  ours(): { node: string; container: FakeContainer }[] {
    return this.containers().filter(({ container }) => isOurs(container));
  }

  runningOf(name: string): FakeContainer[] {
    return this.ours().flatMap(({ container }) =>
      container.state === 'running' && container.config.Labels[LABELS.service] === name ? [container] : [],
    );
  }

  /** How many slots a service should have while all nodes are there. */
  slotCount({ spec }: StoredService): number {
    return spec.mode === 'global' ? this.names.length : spec.replicas;
  }

  /** Whether the container may be one of those that fill the slots: which numbers they have is for the controller to say. */
  mayFill(container: FakeContainer, { metadata, spec }: StoredService): boolean {
    const labels = container.config.Labels;
    if (labels[LABELS.service] !== metadata.name || labels[LABELS.specHash] !== specHash(spec)) return false;
    const slot = labels[LABELS.slot] ?? '';
    return spec.mode === 'global' ? this.names.includes(slot) : /^[1-9]\d*$/.test(slot);
  }

  /** Whether without this container fewer slots run than the service wants. */
  isNeeded(container: FakeContainer): boolean {
    const { [LABELS.service]: name = '', [LABELS.slot]: slot } = container.config.Labels;
    const service = this.service(name);
    if (service === undefined || !this.mayFill(container, service)) return false;
    const filling = this.runningOf(name).filter((other) => this.mayFill(other, service));
    const others = new Set(filling.map((other) => other.config.Labels[LABELS.slot]).filter((other) => other !== slot));
    return others.size < this.slotCount(service);
  }

  #door(name: string): Door {
    const existing = this.doors.get(name);
    if (existing !== undefined) return existing;
    const engine = this.hosts.engine(name);
    const door = new Door({
      node: name,
      engine,
      clock: this.clock,
      fates: () => this.fates,
      nextSerial: () => (this.#calls += 1),
      applying: (call) => {
        if (call.mutating) this.#mutations += 1;
        this.monitor.applying(call, engine);
      },
      killController: () => this.killController(),
      note: (text) => this.note(text),
    });
    this.doors.set(name, door);
    return door;
  }
}
