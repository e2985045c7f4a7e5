import { LABELS } from '../../lib/plan/names.ts';
import { isHeld } from '../../lib/rollout/target.ts';
import type { ContainerConfig } from '../../lib/ports/docker.ts';
import type { StoreEvent } from '../../lib/ports/store.ts';
import type { StoredService } from '../../lib/types/objects.ts';
import type { FakeContainer } from '../fakes/container.ts';
import type { FakeEngine } from '../fakes/docker.ts';
import { Bounds } from './bounds.ts';
import { CronLedger } from './cron-ledger.ts';
import type { SimCall } from './fate.ts';
import { checkHold } from './holds.ts';
import { JobLedger } from './job-ledger.ts';
import { ReadBacks } from './read-backs.ts';
import { TaskStates } from './task-states.ts';
import { canBeReady, isWanted, slotCount, wantedHash } from './wanted.ts';
import { CLUSTER, type SimWorld } from './world.ts';

const TOUCHES: ReadonlySet<string> = new Set(['startContainer', 'stopContainer', 'removeContainer']);
/** Calls that were under way when something changed have ended after this, ms. */
const UNDER_WAY_MS = 30_000;

/** What a service was last to be made from, and since when. */
interface Wanted {
  hash: string;
  changedAt: number;
}

export function isOurs(container: FakeContainer): boolean {
  return container.config.Labels[LABELS.managed] === 'true' && container.config.Labels[LABELS.cluster] === CLUSTER;
}

const labelOf = (container: FakeContainer, key: keyof typeof LABELS): string => container.config.Labels[LABELS[key]] ?? '';

/** What must hold at every moment, checked at each call that is about to change an engine. */
export class Monitor {
  readonly violations: string[] = [];
  readonly jobs: JobLedger;
  readonly cronJobs: CronLedger;
  readonly #world: SimWorld;
  readonly #states = new TaskStates();
  readonly #bounds: Bounds;
  readonly #readBacks = new ReadBacks();
  readonly #wanted = new Map<string, Wanted>();

  constructor(world: SimWorld) {
    this.#world = world;
    this.#bounds = new Bounds(world);
    this.jobs = new JobLedger(world);
    this.cronJobs = new CronLedger(world);
  }

  /** A call leaves the controller. */
  sending(call: SimCall, engine: FakeEngine): void {
    this.violated(this.#readBacks.sent(call, engine));
    const { op, args } = call;
    if (op !== 'stopContainer' && op !== 'removeContainer') return;
    const container = engine.containers.get(String(args[0]));
    if (container !== undefined && isOurs(container)) this.violated(this.#world.planes?.checkStop(container));
  }

  failed(call: SimCall, engine: FakeEngine): void {
    // When its link was lost, that was heard before; all is listed once it is back.
    if (!this.#world.reach.has(call.node)) this.#readBacks.failed(call, engine);
    const container = engine.containers.get(String(call.args[0]));
    if (call.op === 'stopContainer' && container !== undefined) this.jobs.unheard(container);
  }

  restarted(): void {
    this.#readBacks.restarted();
    this.jobs.restarted();
  }

  applying(call: SimCall, engine: FakeEngine): void {
    if (!call.mutating) return;
    this.#checkNode(call);
    if (call.op === 'createContainer') this.#checkCreate(call);
    if (!TOUCHES.has(call.op)) return;
    const container = engine.containers.get(String(call.args[0]));
    if (container === undefined) return;
    if (!isOurs(container)) return this.violated(`${call.op} of container ${container.name} on ${call.node}, which is not ours`);
    const name = labelOf(container, 'service');
    this.#followRollback(name);
    if (call.op !== 'startContainer') this.jobs.stopping(container);
    if (call.op === 'startContainer' && container.state !== 'running') this.#checkStart(name, container, call.node);
    else if (call.op !== 'startContainer' && container.state === 'running') this.#checkStop(name, container, call.node);
  }

  stored(event: StoreEvent): void {
    this.violated(this.#states.check(event));
    this.jobs.stored(event);
    this.violated(this.cronJobs.check(event));
    this.violated(checkHold(event));
  }

  /** A user changes a service, or a node (undefined): what may run from now on. */
  changed(name: string | undefined): void {
    this.#bounds.changed(name);
    const names = name === undefined ? this.#world.services().map(({ metadata }) => metadata.name) : [name];
    for (const each of names) this.#wants(each);
  }

  #now(): number {
    return this.#world.clock.monotonic();
  }

  #wants(name: string): void {
    const service = this.#world.service(name);
    if (service === undefined) this.#wanted.delete(name);
    else this.#wanted.set(name, { hash: wantedHash(service), changedAt: this.#now() });
  }

  /** A rollback changes what is wanted though no user did. */
  #followRollback(name: string): void {
    const service = this.#world.service(name);
    if (service !== undefined && this.#wanted.get(name)?.hash !== wantedHash(service)) this.#wants(name);
  }

  #checkNode({ op, node, args }: SimCall): void {
    const object = this.#world.nodeObject(node);
    if (this.#world.unchangedFor(node) < UNDER_WAY_MS) return;
    if (object === undefined) this.violated(`${op} on ${node}, which is not part of the cluster`);
    else if (op === 'createContainer' && object.spec.availability !== 'active')
      this.violated(`${String(args[0])} is created on ${node}, whose availability is ${object.spec.availability}`);
  }

  #checkCreate(call: SimCall): void {
    const { Labels } = call.args[1] as ContainerConfig;
    if (Labels[LABELS.managed] !== 'true' || Labels[LABELS.cluster] !== CLUSTER)
      this.violated(`a container without our labels on ${call.node}`);
  }

  #checkStart(name: string, container: FakeContainer, node: string): void {
    this.violated(this.#bounds.checkStart(name, { node, container }));
    this.violated(this.jobs.checkStart(container, node));
  }

  #checkStop(name: string, container: FakeContainer, node: string): void {
    this.violated(this.#bounds.checkStop(name, container));
    const running = this.#world.runningOf(name);
    const service = this.#world.service(name);
    const wanted = this.#wanted.get(name);
    if (wanted === undefined || service === undefined || this.#now() - wanted.changedAt < UNDER_WAY_MS) return;
    if (!this.#world.wasChanged(node) && container.health !== 'unhealthy' && !this.#isSurplus(service, container, running))
      this.#checkWanted(service, container, node);
  }

  #checkWanted(service: StoredService, container: FakeContainer, node: string): void {
    if (isWanted(this.#world, container) && canBeReady(this.#world, service))
      this.violated(`${container.name} on ${node} is stopped though it is wanted, runs, and is the only one of its slot`);
    else if (isHeld(service))
      this.violated(`${container.name} on ${node} is stopped though the rollout of ${service.metadata.name} is held`);
  }

  /** More run than there are slots, or another one runs in its slot, or did on a host that a fault has taken since. */
  #isSurplus(service: StoredService, container: FakeContainer, running: readonly FakeContainer[]): boolean {
    const slots = new Set(running.map((other) => labelOf(other, 'slot')));
    const isTwin = (other: FakeContainer): boolean =>
      (['service', 'slot'] as const).every((key) => labelOf(other, key) === labelOf(container, key));
    const twins = running.filter(isTwin);
    const lost = this.#world.ours().filter((other) => other.container.id !== container.id && isTwin(other.container));
    if (lost.some(({ node }) => this.#world.reach.has(node))) return true;
    return twins.length > 1 || slots.size > slotCount(this.#world, service);
  }

  violated(text: string | undefined): void {
    if (text === undefined) return;
    this.#world.note(`VIOLATION: ${text}`);
    this.violations.push(text);
  }
}
