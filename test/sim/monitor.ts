import { LABELS } from '../../lib/plan/names.ts';
import type { ContainerConfig } from '../../lib/ports/docker.ts';
import type { StoreEvent } from '../../lib/ports/store.ts';
import type { StoredService } from '../../lib/types/objects.ts';
import type { FakeContainer } from '../fakes/container.ts';
import type { FakeEngine } from '../fakes/docker.ts';
import type { SimCall } from './fate.ts';
import { TaskStates } from './task-states.ts';
import { CLUSTER, type SimWorld } from './world.ts';

const TOUCHES: ReadonlySet<string> = new Set(['startContainer', 'stopContainer', 'removeContainer']);
/** Calls that were under way when a spec changed have ended after this, ms. */
const UNDER_WAY_MS = 30_000;

interface Bounds {
  /** At most so many run. */
  ceiling: number;
  /** At least so many run. */
  floor: number;
  changedAt: number;
  /** Of the service object; undefined: there is none. */
  uid: string | undefined;
}

export function isOurs(container: FakeContainer): boolean {
  return container.config.Labels[LABELS.managed] === 'true' && container.config.Labels[LABELS.cluster] === CLUSTER;
}

/** What must hold at every moment, checked at each call that is about to change an engine. */
export class Monitor {
  readonly violations: string[] = [];
  readonly #world: SimWorld;
  readonly #states = new TaskStates();
  readonly #bounds = new Map<string, Bounds>();

  constructor(world: SimWorld) {
    this.#world = world;
  }

  applying(call: SimCall, engine: FakeEngine): void {
    if (call.op === 'createContainer') this.#checkCreate(call);
    if (!TOUCHES.has(call.op)) return;
    const container = engine.containers.get(String(call.args[0]));
    if (container === undefined) return;
    if (!isOurs(container)) return this.#violated(`${call.op} of container ${container.name} on ${call.node}, which is not ours`);
    const name = container.config.Labels[LABELS.service] ?? '';
    if (call.op === 'startContainer' && container.state !== 'running') this.#checkCeiling(name);
    else if (call.op !== 'startContainer' && container.state === 'running') this.#checkStop(name, container, call.node);
  }

  stored(event: StoreEvent): void {
    const wrong = this.#states.check(event);
    if (wrong !== undefined) this.#violated(wrong);
  }

  /** A user changes a service: what may run meanwhile. */
  changed(name: string): void {
    const service = this.#world.service(name);
    const running = this.#world.runningOf(name).length;
    const before = this.#bounds.get(name);
    const { slots, surge, unavailable } = this.#limits(service);
    const uid = service?.metadata.uid;
    // What a deleted service of the same name left is leaving; as much of it as the new one has slots may become part of that.
    const left = uid === before?.uid ? 0 : Math.max(0, running - slots);
    const isSettled = before === undefined || this.#world.clock.now() - before.changedAt > UNDER_WAY_MS;
    const ceiling = Math.max(slots + surge + left, running, isSettled ? 0 : before.ceiling);
    this.#bounds.set(name, {
      ceiling,
      floor: isSettled ? Math.min(running, slots) - unavailable : 0,
      changedAt: this.#world.clock.now(),
      uid,
    });
  }

  #limits(service: StoredService | undefined): { slots: number; surge: number; unavailable: number } {
    if (service === undefined) return { slots: 0, surge: 0, unavailable: 0 };
    const slots = this.#world.slotCount(service);
    const { order, parallelism } = service.spec.update;
    const atOnce = parallelism === 0 ? slots : parallelism;
    return order === 'start-first' ? { slots, surge: atOnce, unavailable: 0 } : { slots, surge: 0, unavailable: atOnce };
  }

  #checkCreate(call: SimCall): void {
    const { Labels } = call.args[1] as ContainerConfig;
    if (Labels[LABELS.managed] !== 'true' || Labels[LABELS.cluster] !== CLUSTER)
      this.#violated(`a container without our labels on ${call.node}`);
  }

  #checkCeiling(name: string): void {
    if (!this.#world.profile.calm) return;
    const bounds = this.#bounds.get(name);
    const running = this.#world.runningOf(name).length + 1;
    if (bounds !== undefined && running > bounds.ceiling)
      this.#violated(`${running} tasks of ${name} run, with at most ${bounds.ceiling} allowed`);
  }

  #checkStop(name: string, container: FakeContainer, node: string): void {
    const bounds = this.#bounds.get(name);
    const running = this.#world.runningOf(name);
    if (this.#world.profile.calm && bounds !== undefined && running.length - 1 < bounds.floor)
      this.#violated(`${running.length - 1} tasks of ${name} run, with at least ${bounds.floor} required`);
    if (bounds === undefined || this.#world.clock.now() - bounds.changedAt < UNDER_WAY_MS || !this.#world.isNeeded(container)) return;
    const slot = container.config.Labels[LABELS.slot];
    const twins = running.filter((other) => other.config.Labels[LABELS.slot] === slot);
    if (twins.length < 2 && container.health !== 'unhealthy' && !this.#world.wasMoved(node))
      this.#violated(`${container.name} on ${node} is stopped though it is wanted, runs, and is the only one of its slot`);
  }

  #violated(text: string): void {
    this.#world.note(`VIOLATION: ${text}`);
    this.violations.push(text);
  }
}
