import { LABELS } from '../../lib/plan/names.ts';
import { isHeld } from '../../lib/rollout/target.ts';
import type { ContainerConfig } from '../../lib/ports/docker.ts';
import type { StoreEvent } from '../../lib/ports/store.ts';
import type { StoredService } from '../../lib/types/objects.ts';
import type { FakeContainer } from '../fakes/container.ts';
import type { FakeEngine } from '../fakes/docker.ts';
import type { SimCall } from './fate.ts';
import { BAD, isBad } from './images.ts';
import { TaskStates } from './task-states.ts';
import { canBeReady, isWanted, slotCount, wantedHash } from './wanted.ts';
import { CLUSTER, type SimWorld } from './world.ts';

const TOUCHES: ReadonlySet<string> = new Set(['startContainer', 'stopContainer', 'removeContainer']);
/** Calls that were under way when something changed have ended after this, ms. */
const UNDER_WAY_MS = 30_000;

interface Bounds {
  /** At most so many run. */
  ceiling: number;
  /** At least so many are ready. */
  floor: number;
  changedAt: number;
  generation: number;
  /** Of the service object; undefined: there is none. */
  uid: string | undefined;
  /** What its containers were last to be made from. */
  hash: string;
}

export function isOurs(container: FakeContainer): boolean {
  return container.config.Labels[LABELS.managed] === 'true' && container.config.Labels[LABELS.cluster] === CLUSTER;
}

export const isReady = ({ state, health }: FakeContainer): boolean => state === 'running' && (health === undefined || health === 'healthy');

/** False where nothing stops its rollout: its tasks count as ready for a moment before they crash, or failures are to be passed over. */
const canHold = (service: StoredService | undefined): boolean =>
  service !== undefined && service.spec.image !== BAD.crash && !(isBad(service.spec) && service.spec.update.failureAction === 'continue');

const labelOf = (container: FakeContainer, key: keyof typeof LABELS): string => container.config.Labels[LABELS[key]] ?? '';

/** What must hold at every moment, checked at each call that is about to change an engine. */
export class Monitor {
  readonly violations: string[] = [];
  readonly #world: SimWorld;
  readonly #states = new TaskStates();
  readonly #bounds = new Map<string, Bounds>();
  #nodesChangedAt = -Infinity;

  constructor(world: SimWorld) {
    this.#world = world;
  }

  applying(call: SimCall, engine: FakeEngine): void {
    if (!call.mutating) return;
    this.#checkNode(call);
    if (call.op === 'createContainer') this.#checkCreate(call);
    if (!TOUCHES.has(call.op)) return;
    const container = engine.containers.get(String(call.args[0]));
    if (container === undefined) return;
    if (!isOurs(container)) return this.#violated(`${call.op} of container ${container.name} on ${call.node}, which is not ours`);
    const name = labelOf(container, 'service');
    this.#followRollback(name);
    if (call.op === 'startContainer' && container.state !== 'running') this.#checkCeiling(name);
    else if (call.op !== 'startContainer' && container.state === 'running') this.#checkStop(name, container, call.node);
  }

  stored(event: StoreEvent): void {
    const wrong = this.#states.check(event);
    if (wrong !== undefined) this.#violated(wrong);
  }

  /** A user changes a service, or a node (undefined): what may run from now on. */
  changed(name: string | undefined): void {
    if (name === undefined) this.#nodesChangedAt = this.#now();
    const services = this.#world.services().map(({ metadata }) => metadata.name);
    const concerned = name === undefined ? new Set([...services, ...this.#bounds.keys()]) : [name];
    for (const each of concerned) this.#bound(each, this.#isSettled(each));
  }

  #now(): number {
    return this.#world.clock.monotonic();
  }

  #bound(name: string, isSettled: boolean): void {
    const service = this.#world.service(name);
    const running = this.#world.runningOf(name);
    const before = this.#bounds.get(name);
    const { slots, surge, unavailable } = this.#limits(service);
    const uid = service?.metadata.uid;
    // What a deleted service of the same name left is leaving, and no part of the new one.
    const left = running.filter((container) => labelOf(container, 'serviceUid') !== uid).length;
    this.#bounds.set(name, {
      ceiling: Math.max(slots + surge + left, running.length, isSettled ? 0 : (before?.ceiling ?? 0)),
      floor: isSettled && uid === before?.uid && canHold(service) ? Math.min(running.filter(isReady).length, slots) - unavailable : 0,
      changedAt: this.#now(),
      generation: service?.metadata.generation ?? 0,
      uid,
      hash: service === undefined ? '' : wantedHash(service),
    });
  }

  /** Nothing was under way before this change: the service had come to rest as it was then. */
  #isSettled(name: string): boolean {
    const before = this.#bounds.get(name);
    if (before === undefined) return true;
    const { state, observedGeneration, update } = this.#world.service(name)?.status ?? {};
    const isResting = update?.state === undefined || update.state === 'completed';
    const isCalm = this.#now() - this.#nodesChangedAt > UNDER_WAY_MS;
    return isCalm && isResting && state === 'Ready' && observedGeneration === before.generation;
  }

  #limits(service: StoredService | undefined): { slots: number; surge: number; unavailable: number } {
    if (service === undefined) return { slots: 0, surge: 0, unavailable: 0 };
    const slots = slotCount(this.#world, service);
    const { update, rollback, placement } = service.spec;
    const ways = [update, rollback].map(({ order, parallelism }) => ({ order, atOnce: parallelism === 0 ? slots : parallelism }));
    const most = (order: string): number => Math.max(0, ...ways.map((way) => (way.order === order ? way.atOnce : 0)));
    // Tasks that must leave their nodes are replaced first, whatever the order.
    const moves = this.#nodesChangedAt >= 0 || placement !== undefined ? Math.max(...ways.map((way) => way.atOnce)) : 0;
    return { slots, surge: most('start-first') + moves, unavailable: most('stop-first') };
  }

  /** A rollback changes what is wanted though no user did. */
  #followRollback(name: string): void {
    const service = this.#world.service(name);
    const bounds = this.#bounds.get(name);
    if (service === undefined || bounds === undefined || bounds.hash === wantedHash(service)) return;
    this.#bounds.set(name, { ...bounds, hash: wantedHash(service), changedAt: this.#now() });
  }

  #checkNode({ op, node, args }: SimCall): void {
    const object = this.#world.nodeObject(node);
    if (this.#world.unchangedFor(node) < UNDER_WAY_MS) return;
    if (object === undefined) this.#violated(`${op} on ${node}, which is not part of the cluster`);
    else if (op === 'createContainer' && object.spec.availability !== 'active')
      this.#violated(`${String(args[0])} is created on ${node}, whose availability is ${object.spec.availability}`);
  }

  #checkCreate(call: SimCall): void {
    const { Labels } = call.args[1] as ContainerConfig;
    if (Labels[LABELS.managed] !== 'true' || Labels[LABELS.cluster] !== CLUSTER)
      this.#violated(`a container without our labels on ${call.node}`);
  }

  #checkCeiling(name: string): void {
    if (!this.#world.profile.isSteady) return;
    const bounds = this.#bounds.get(name);
    const running = this.#world.runningOf(name).length + 1;
    if (bounds !== undefined && running > bounds.ceiling)
      this.#violated(`${running} tasks of ${name} run, with at most ${bounds.ceiling} allowed`);
  }

  #checkStop(name: string, container: FakeContainer, node: string): void {
    const bounds = this.#bounds.get(name);
    const running = this.#world.runningOf(name);
    const ready = running.filter((other) => other !== container && isReady(other)).length;
    if (this.#world.profile.isSteady && bounds !== undefined && isReady(container) && ready < bounds.floor)
      this.#violated(`${ready} tasks of ${name} are ready, with at least ${bounds.floor} required`);
    const service = this.#world.service(name);
    if (bounds === undefined || service === undefined || this.#now() - bounds.changedAt < UNDER_WAY_MS) return;
    if (!this.#world.wasChanged(node) && container.health !== 'unhealthy' && !this.#isSurplus(service, container, running))
      this.#checkWanted(service, container, node);
  }

  #checkWanted(service: StoredService, container: FakeContainer, node: string): void {
    if (isWanted(this.#world, container) && canBeReady(this.#world, service))
      this.#violated(`${container.name} on ${node} is stopped though it is wanted, runs, and is the only one of its slot`);
    else if (isHeld(service))
      this.#violated(`${container.name} on ${node} is stopped though the rollout of ${service.metadata.name} is held`);
  }

  /** More run than there are slots, or another one runs in its slot. */
  #isSurplus(service: StoredService, container: FakeContainer, running: readonly FakeContainer[]): boolean {
    const slots = new Set(running.map((other) => labelOf(other, 'slot')));
    const twins = running.filter((other) => labelOf(other, 'slot') === labelOf(container, 'slot'));
    return twins.length > 1 || slots.size > slotCount(this.#world, service);
  }

  #violated(text: string): void {
    this.#world.note(`VIOLATION: ${text}`);
    this.violations.push(text);
  }
}
