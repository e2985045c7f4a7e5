import { createMemoryStore } from '../../lib/io/store/memory.ts';
import { hasCode } from '../../lib/errors/error.ts';
import { toStored } from '../../lib/manifest/stored.ts';
import { LABELS } from '../../lib/plan/names.ts';
import type { Store } from '../../lib/ports/store.ts';
import { refOf, type StoredCronJob, type StoredNode, type StoredService } from '../../lib/types/objects.ts';
import { isoTime } from '../../lib/types/time.ts';
import { node } from '../controllers/harness.ts';
import type { FakeContainer } from '../fakes/container.ts';
import { FakeHosts } from '../fakes/hosts.ts';
import { FakeIds } from '../fakes/ids.ts';
import { SimClock } from './clock.ts';
import { Door } from './door.ts';
import { kindFate, READ_DEADLINE_MS, type FateSource } from './fate.ts';
import { behaviourOf, IMAGES, PULLABLE } from './images.ts';
import { isOurs, Monitor } from './monitor.ts';
import { settleNeighbours } from './neighbours.ts';
import { ControllerProcess } from './process.ts';
import { SimPlanes } from './planes.ts';
import { hasPlane, type Profile } from './profile.ts';
import { Reach } from './reach.ts';

export const CLUSTER = 'sim';
export const RESYNC_MS = 10_000;
/** The controller is back after this at the latest, ms. */
const RESTART_MS = 8_000;
export const PULL_MS = 500;

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
  readonly reach = new Reach(this.clock);
  readonly monitor: Monitor;
  /** Absent: there is no data plane. */
  readonly planes: SimPlanes | undefined;
  readonly trace: string[] = [];
  fates: FateSource = kindFate;
  /** When the controller that runs was started, wall ms. */
  upSince = 0;
  /** Whether the controller dies at its next write to the store. */
  diesCommitting: () => boolean = () => false;
  readonly #ids: FakeIds;
  /** Specs that users gave a service, by its uid, the oldest first. */
  readonly #specs = new Map<string, StoredService['spec'][]>();
  /** Ids of containers that were on a host when it was removed: they are nobody's until their service claims them. */
  readonly #left = new Set<string>();
  /** Virtual ms at which a node was last changed by a user. */
  readonly #changed = new Map<string, number>();
  #calls = 0;
  #mutations = 0;
  #incarnations = 0;
  #process: ControllerProcess | undefined;
  /** Its state directory is locked until it has ended. */
  #stopping = false;

  constructor({ seed, profile, hosts }: SimOptions) {
    this.profile = profile;
    this.planes = hasPlane(profile) ? new SimPlanes(this) : undefined;
    this.#ids = new FakeIds(seed);
    this.monitor = new Monitor(this);
    this.hosts = new FakeHosts(this.clock, (name) => this.#door(name).docker);
    for (let index = 1; index <= hosts; index += 1) {
      this.hosts.add(`h${index}`, {
        images: IMAGES.slice(0, 1),
        pullable: Object.fromEntries(PULLABLE.map((image) => [image, PULL_MS])),
        healthAfter: 1_000,
        latency: { remove: 100 },
        behaviour: behaviourOf,
        ended: (container) => this.monitor.jobs.ended(`h${index}`, container),
      });
    }
  }

  get names(): string[] {
    return [...this.hosts.engines.keys()];
  }

  /** Calls that changed an engine or a plane, by the controller. */
  get mutations(): number {
    return this.#mutations + (this.planes?.applied ?? 0);
  }

  get isControllerUp(): boolean {
    return this.#process !== undefined;
  }

  async begin(): Promise<void> {
    this.store.watch(this.store.snapshot().revision).subscribe((event) => this.monitor.stored(event));
    await this.store.commit(this.names.map((name, index) => ({ put: this.newNode(name, index % 2 === 0 ? 'a' : 'b') })));
    for (const engine of this.hosts.engines.values()) await settleNeighbours(engine);
    this.startController();
  }

  /** A node as its host is. */
  newNode(name: string, zone: string, spec: Partial<StoredNode['spec']> = {}): StoredNode {
    const address = this.planes === undefined ? {} : { address: `10.77.0.1${name.slice(1)}` };
    return node(name, { ...address, ...spec }, { zone });
  }

  note(text: string): void {
    this.trace.push(`${String(this.clock.monotonic()).padStart(7)} ${text}`);
  }

  startController(): void {
    if (this.#process !== undefined || this.#stopping) return;
    this.note(`controller started (${(this.#incarnations += 1)})`);
    this.upSince = this.clock.now();
    this.monitor.restarted();
    const { clock, store, hosts, planes } = this;
    const committing = (): boolean => {
      if (!this.diesCommitting()) return false;
      queueMicrotask(() => this.killController());
      return true;
    };
    this.#process = new ControllerProcess({
      clusterName: CLUSTER,
      ...(planes === undefined ? {} : { planes }),
      hosts,
      store,
      clock,
      ids: this.#ids,
      resyncMs: RESYNC_MS,
      committing,
    });
    this.#process.start();
  }

  killController(): void {
    if (this.#process === undefined) return;
    this.note('controller killed');
    for (const [name, door] of this.doors) if (door.hasOrphans) this.reach.hits(name);
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

  cronJob(name: string): StoredCronJob | undefined {
    return this.store.snapshot().get({ kind: 'CronJob', namespace: 'default', name });
  }

  nodeObject(name: string): StoredNode | undefined {
    return this.store.snapshot().get({ kind: 'Node', name });
  }

  /** Services there are, in order. */
  services(): readonly StoredService[] {
    return this.store.snapshot().list('Service');
  }

  /** Hosts that have a Node object. */
  members(): readonly StoredNode[] {
    return this.store.snapshot().list('Node');
  }

  /** A user's write, as admission makes it; tried again where a status was written meanwhile. */
  async apply(object: StoredService | StoredNode | StoredCronJob): Promise<void> {
    const { kind, metadata } = object;
    for (;;) {
      const previous = this.store.snapshot().get({ ...refOf(object), kind });
      const stored = toStored(object, { previous, uid: this.#ids.uid(), now: isoTime(this.clock.now()) });
      const expect = previous?.metadata.resourceVersion ?? 'absent';
      try {
        await this.store.commit([{ put: stored, expect }]);
      } catch (error) {
        if (hasCode(error, 'DSW_STORE_CONFLICT')) continue;
        throw error;
      }
      if (stored.kind === 'Service') this.#specs.set(stored.metadata.uid, [...this.specsOf(stored), stored.spec]);
      if (stored.kind === 'CronJob') return this.monitor.cronJobs.changed(stored);
      if (kind === 'Node') this.#changed.set(metadata.name, this.clock.monotonic());
      this.monitor.changed(kind === 'Node' ? undefined : metadata.name);
      return;
    }
  }

  async delete(name: string): Promise<void> {
    await this.store.commit([{ delete: { kind: 'Service', namespace: 'default', name } }]);
    this.monitor.changed(name);
  }

  async deleteCronJob(name: string): Promise<void> {
    await this.store.commit([{ delete: { kind: 'CronJob', namespace: 'default', name } }]);
  }

  async removeNode(name: string): Promise<void> {
    await this.store.commit([{ delete: { kind: 'Node', name } }]);
    for (const id of this.hosts.engine(name).containers.keys()) this.#left.add(id);
    this.#changed.set(name, this.clock.monotonic());
    this.monitor.changed(undefined);
  }

  wasLeft(container: FakeContainer): boolean {
    return this.#left.has(container.id);
  }

  /** What users have given this very service so far. */
  specsOf({ metadata }: StoredService): readonly StoredService['spec'][] {
    return this.#specs.get(metadata.uid) ?? [];
  }

  /** Whether a user ever changed the node: then its tasks may move. */
  wasChanged(name: string): boolean {
    return this.#changed.has(name);
  }

  /** How long a user has left the node alone, virtual ms. */
  unchangedFor(name: string): number {
    return this.clock.monotonic() - (this.#changed.get(name) ?? 0);
  }

  containers(): { node: string; container: FakeContainer }[] {
    return [...this.hosts.engines].flatMap(([name, engine]) =>
      [...engine.containers.values()].map((container) => ({ node: name, container })),
    );
  }

  /** Ours on hosts that are part of the cluster; what was left on others is nobody's. */
  ours(): { node: string; container: FakeContainer }[] {
    const members = new Set(this.members().map((object) => object.metadata.name));
    return this.containers().filter(({ node: name, container }) => members.has(name) && isOurs(container));
  }

  serviceOf({ config }: FakeContainer): string {
    return config.Labels[LABELS.service] ?? '';
  }

  runningOf(name: string): FakeContainer[] {
    return this.ours().flatMap(({ container }) =>
      container.state === 'running' && container.config.Labels[LABELS.service] === name ? [container] : [],
    );
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
      sending: (call) => this.monitor.sending(call, engine),
      failed: (call) => this.monitor.failed(call, engine),
      applying: (call) => {
        if (call.mutating) this.#mutations += 1;
        this.monitor.applying(call, engine);
      },
      killController: () => this.killController(),
      isUnheard: (isSilent) => {
        this.planes?.unheard(name);
        if (isSilent) this.reach.hits(name, READ_DEADLINE_MS);
      },
      isLate: (ms) => this.reach.hits(name, ms),
      note: (text) => this.note(text),
    });
    this.doors.set(name, door);
    return door;
  }
}
