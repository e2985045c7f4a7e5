import { isJob } from '../../lib/jobs/modes.ts';
import { isRetired } from '../../lib/history/retire.ts';
import { LABELS } from '../../lib/plan/names.ts';
import type { StoredService } from '../../lib/types/objects.ts';
import type { FakeContainer } from '../fakes/container.ts';
import { BAD } from './images.ts';
import { GRACE_MS } from './reach.ts';
import { isReady, nodesWanted, slotCount } from './wanted.ts';
import type { SimWorld } from './world.ts';

interface Bound {
  /** At most so many run. */
  ceiling: number;
  /** In at least so many slots a task is ready. */
  floor: number;
  generation: number;
  /** Of the service object; undefined: there is none. */
  uid: string | undefined;
  /** Those of a global service. */
  nodes: string;
}

interface Limits {
  slots: number;
  surge: number;
  unavailable: number;
}

interface Placed {
  node: string;
  container: FakeContainer;
}

const labelOf = (container: FakeContainer, key: keyof typeof LABELS): string => container.config.Labels[LABELS[key]] ?? '';

/**
 * How many tasks of a service may run: never more than its slots and what an update or a move starts beside them, never fewer ready than
 * its slots less what an update takes down at a time. What faults reach (see reach.ts) is left out of both. Where failures are to be passed
 * over (failureAction continue), a slot whose update failed is tried on and on, beside those whose turn it is, as in Swarm.
 */
export class Bounds {
  readonly #world: SimWorld;
  readonly #bounds = new Map<string, Bound>();
  #nodesChangedAt = -Infinity;

  constructor(world: SimWorld) {
    this.#world = world;
  }

  /** A user changes a service, or a node (undefined): what may run from now on. */
  changed(name: string | undefined): void {
    if (name === undefined) this.#nodesChangedAt = this.#world.clock.monotonic();
    const services = this.#world.services().map(({ metadata }) => metadata.name);
    const concerned = name === undefined ? new Set([...services, ...this.#bounds.keys()]) : [name];
    for (const each of concerned) this.#bound(each, this.#isSettled(each));
  }

  /** What is wrong with a task starting now, if anything is. */
  checkStart(name: string, starting: Placed): string | undefined {
    const bound = this.#bounds.get(name);
    if (bound === undefined || this.#isReached(name, starting)) return undefined;
    const running = this.#running(name).filter((placed) => !this.#isReached(name, placed)).length + 1;
    const ceiling = bound.ceiling + this.#passedOver(name);
    return running > ceiling ? `${running} tasks of ${name} run, with at most ${ceiling} allowed` : undefined;
  }

  /** What is wrong with that task being stopped now, if anything is. */
  checkStop(name: string, container: FakeContainer): string | undefined {
    const bound = this.#bounds.get(name);
    if (bound === undefined || !isReady(container)) return undefined;
    const floor = bound.floor - this.#passedOver(name);
    const own = this.#readySlots(name, container);
    // Where another task fills the slot nothing is taken down.
    if (own.size >= floor || own.has(labelOf(container, 'slot'))) return undefined;
    const ready = new Set([...own, ...this.#slotsInReach(name)]).size;
    return ready < floor ? `${ready} tasks of ${name} are ready, with at least ${floor} required` : undefined;
  }

  #bound(name: string, isSettled: boolean): void {
    const before = this.#bounds.get(name);
    const service = this.#world.service(name);
    // Jobs are bound otherwise: see job-ledger.ts.
    if (service === undefined ? !this.#bounds.has(name) : isJob(service.spec)) return void this.#bounds.delete(name);
    const now = this.#identify(service);
    const limits = this.#limits(service);
    const isHeld = before !== undefined && before.uid === now.uid && canHold(service);
    this.#bounds.set(name, {
      ...now,
      ceiling: Math.max(this.#ceiling(name, limits, now), isSettled ? 0 : (before?.ceiling ?? 0)),
      floor: isHeld ? this.#floor(name, limits, isSettled ? undefined : carried(before, now)) : 0,
    });
  }

  #identify(service: StoredService | undefined): Omit<Bound, 'ceiling' | 'floor'> {
    if (service === undefined) return { generation: 0, uid: undefined, nodes: '' };
    const { generation, uid } = service.metadata;
    return { generation, uid, nodes: nodesWanted(this.#world, service)?.join() ?? '' };
  }

  #ceiling(name: string, { slots, surge }: Limits, { uid }: Pick<Bound, 'uid'>): number {
    const running = this.#running(name);
    // What a deleted service of the same name left is leaving, and no part of the new one; a start of it may be on its way.
    const left = this.#world.ours().filter(({ container }) => {
      const isUp = container.state === 'running' || container.state === 'created';
      return isUp && labelOf(container, 'service') === name && labelOf(container, 'serviceUid') !== uid;
    }).length;
    return Math.max(slots + surge + left, running.length);
  }

  #floor(name: string, { slots, unavailable }: Limits, before = this.#readySlots(name).size - unavailable): number {
    return Math.max(0, Math.min(before, slots - unavailable));
  }

  /** Nothing was under way before this change: the service had come to rest as it was then. */
  #isSettled(name: string): boolean {
    const before = this.#bounds.get(name);
    if (before === undefined) return true;
    const { state, observedGeneration, update } = this.#world.service(name)?.status ?? {};
    const isResting = update?.state === undefined || update.state === 'completed';
    const isCalm = this.#world.clock.monotonic() - this.#nodesChangedAt > GRACE_MS;
    return isCalm && isResting && state === 'Ready' && observedGeneration === before.generation;
  }

  #limits(service: StoredService | undefined): Limits {
    if (service === undefined) return { slots: 0, surge: 0, unavailable: 0 };
    const slots = slotCount(this.#world, service);
    const { update, rollback, placement } = service.spec;
    const ways = [update, rollback].map(({ order, parallelism }) => ({ order, atOnce: parallelism === 0 ? slots : parallelism }));
    const most = (order: string): number => Math.max(0, ...ways.map((way) => (way.order === order ? way.atOnce : 0)));
    // Tasks that must leave their nodes are replaced first, whatever the order.
    const moves = this.#nodesChangedAt >= 0 || placement !== undefined ? Math.max(...ways.map((way) => way.atOnce)) : 0;
    return { slots, surge: most('start-first') + moves, unavailable: most('stop-first') };
  }

  #isReached(name: string, { node, container }: Placed): boolean {
    const { reach } = this.#world;
    return reach.has(node) || reach.has(`${name}/${labelOf(container, 'slot')}`);
  }

  #passedOver(name: string): number {
    const service = this.#world.service(name);
    return service?.spec.update.failureAction === 'continue' ? (service.status?.update?.failures ?? 0) : 0;
  }

  #running(name: string): Placed[] {
    return this.#world.ours().filter(({ container }) => container.state === 'running' && labelOf(container, 'service') === name);
  }

  #readySlots(name: string, except?: FakeContainer): Set<string> {
    const ready = this.#running(name).filter(({ container }) => container !== except && isReady(container));
    return this.#wanted(
      name,
      ready.map(({ container }) => labelOf(container, 'slot')),
    );
  }

  #slotsInReach(name: string): Set<string> {
    const { reach, store } = this.#world;
    const records = store
      .snapshot()
      .list('Task')
      .filter((task) => task.spec.service === name && !isRetired(task));
    const slots = [...records, ...this.#placed(name)].filter(({ spec }) => reach.has(spec.node) || reach.has(`${name}/${spec.slot}`));
    return this.#wanted(
      name,
      slots.map(({ spec }) => spec.slot),
    );
  }

  #placed(name: string): { spec: { node: string; slot: string } }[] {
    const own = this.#world.ours().filter(({ container }) => labelOf(container, 'service') === name);
    return own.map(({ node, container }) => ({ spec: { node, slot: labelOf(container, 'slot') } }));
  }

  /** A global service leaves a node that is no longer among its own, whatever it has elsewhere. */
  #wanted(name: string, slots: readonly string[]): Set<string> {
    const service = this.#world.service(name);
    const nodes = service === undefined ? undefined : nodesWanted(this.#world, service);
    return new Set(nodes === undefined ? slots : slots.filter((slot) => nodes.includes(slot)));
  }
}

/** False where its tasks count as ready for a moment before they crash. */
const canHold = (service: StoredService | undefined): boolean => service !== undefined && service.spec.image !== BAD.crash;

/** What an earlier change took down comes back first. A global service has nothing yet where it was not before. */
const carried = (before: Bound, now: Pick<Bound, 'nodes'>): number => (before.nodes === now.nodes ? before.floor : 0);
