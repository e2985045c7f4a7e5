import { backFrom } from '../../lib/cli/rollout-history.ts';
import { isRetired } from '../../lib/history/retire.ts';
import { templatePatch, withTemplate } from '../../lib/rollout/template.ts';
import type { NodeSpec, ServiceSpec } from '../../lib/types/generated.ts';
import { ROLLOUT_PAUSED_ANNOTATION, type StoredNode, type StoredService } from '../../lib/types/objects.ts';
import { isHeld } from '../../lib/rollout/target.ts';
import { service } from '../controllers/harness.ts';
import type { Dice } from './dice.ts';
import { BAD, IMAGES } from './images.ts';
import { canBeReady, eligibleNodes, isRolledBack } from './wanted.ts';
import type { SimWorld } from './world.ts';

export const SERVICES = ['web', 'api'] as const;
export const HOST_PORT = 8080;
const ZONES = ['a', 'b'] as const;
const MOST_REPLICAS = 3;

/** People who write services and nodes, and who look after what has stopped. */
export class Users {
  readonly #world: SimWorld;
  readonly #dice: Dice;
  /** How often each service was looked after once faults were over. */
  readonly #repairs = new Map<string, number>();
  /** Nodes that were removed while tasks ran there, and go on running: to the others they are hosts that went, and come back. */
  readonly #leftRunning = new Set<string>();

  constructor(world: SimWorld, dice: Dice) {
    this.#world = world;
    this.#dice = dice;
  }

  /** Something to do with a service. */
  async act(): Promise<void> {
    const name = this.#dice.pick(SERVICES) ?? 'web';
    const existing = this.#world.service(name);
    if (existing !== undefined && this.#dice.chance(0.15)) {
      this.#world.note(`user deletes ${name}`);
      await this.#world.delete(name);
      if (this.#dice.chance(0.5)) return;
    } else if (existing !== undefined && this.#dice.chance(0.25)) {
      return this.#dice.chance(0.5) ? this.#undo(existing) : this.hold(existing, !isHeld(existing));
    }
    await this.apply(name);
  }

  /** A new service, or a change of the one there is. */
  async apply(name: string): Promise<void> {
    const existing = this.#world.service(name);
    if (existing === undefined) return this.#write(service(name, this.#freshSpec(name)));
    await this.#write({ ...existing, spec: this.#change(existing.spec) });
  }

  /** `dswarm rollout pause` and `resume`. */
  async hold(held: StoredService, isToHold: boolean): Promise<void> {
    this.#world.note(`user ${isToHold ? 'holds' : 'resumes'} the rollout of ${held.metadata.name}`);
    const { [ROLLOUT_PAUSED_ANNOTATION]: _before, ...annotations } = held.metadata.annotations ?? {};
    const next = isToHold ? { ...annotations, [ROLLOUT_PAUSED_ANNOTATION]: 'true' } : annotations;
    await this.#world.apply({ ...held, metadata: { ...held.metadata, annotations: next } });
  }

  /** Something to do with a node: its availability, its zone, whether it is there at all. */
  async actOnNode(): Promise<void> {
    const name = this.#dice.pick(this.#world.names) ?? 'h1';
    const existing = this.#world.nodeObject(name);
    if (existing === undefined) return this.addNode(name);
    const roll = this.#dice.between(0, 9);
    if (roll < 6) {
      const other = this.#dice.pick(['drain', 'pause'] as const) ?? 'drain';
      return this.setNode(existing, { availability: existing.spec.availability === 'active' ? other : 'active' });
    }
    if (roll < 8) return this.#relabel(existing);
    await this.#removeNode(name, roll === 9);
  }

  async addNode(name: string): Promise<void> {
    this.#world.note(`user adds ${name}`);
    if (this.#leftRunning.delete(name)) this.#world.reach.hits(name);
    await this.#world.apply(this.#world.newNode(name, this.#dice.pick(ZONES) ?? 'a'));
  }

  async setNode(existing: StoredNode, spec: Partial<NodeSpec>): Promise<void> {
    this.#world.note(`user sets ${existing.metadata.name} to ${spec.availability ?? ''}`);
    await this.#world.apply({ ...existing, spec: { ...existing.spec, ...spec } });
  }

  /** Once faults are over: nothing is held back any more, and what is asked for is possible. */
  async letGo(): Promise<void> {
    for (const name of this.#world.names) {
      const existing = this.#world.nodeObject(name);
      if (existing === undefined) await (this.#dice.chance(0.5) ? this.addNode(name) : undefined);
      else if (existing.spec.availability === 'pause') await this.setNode(existing, { availability: 'active' });
      else if (existing.spec.availability === 'drain' && this.#dice.chance(0.5)) await this.setNode(existing, { availability: 'active' });
    }
    for (const existing of this.#own()) {
      if (isHeld(existing)) await this.hold(existing, false);
      await this.#makePossible(existing.metadata.name);
    }
  }

  /** A service that waits for somebody gets what it needs, a few times. */
  async lookAfter(): Promise<void> {
    for (const existing of this.#own()) {
      const { name } = existing.metadata;
      const repairs = this.#repairs.get(name) ?? 0;
      if (repairs >= 3 || !this.#needsHelp(existing)) continue;
      this.#repairs.set(name, repairs + 1);
      this.#world.note(`user mends ${name}: ${existing.status?.update?.state ?? existing.spec.image}`);
      const image = this.#dice.pick(IMAGES) ?? IMAGES[0];
      await this.#write({ ...existing, spec: { ...existing.spec, image, forceUpdate: existing.spec.forceUpdate + 1 } });
    }
  }

  #own(): StoredService[] {
    return SERVICES.flatMap((name) => this.#world.service(name) ?? []);
  }

  /** A paused rollout does; one with a bad spec does unless it is to roll back by itself, and is about to. */
  #needsHelp(existing: StoredService): boolean {
    const { status, metadata } = existing;
    if (status?.observedGeneration !== metadata.generation) return false;
    const state = status.update?.state ?? '';
    if (state === 'paused' || state === 'rollback_paused') return true;
    if (canBeReady(this.#world, existing)) return false;
    return isRolledBack(existing) || state !== 'updating' || existing.spec.update.failureAction !== 'rollback';
  }

  async #makePossible(name: string): Promise<void> {
    const existing = this.#world.service(name);
    if (existing === undefined) return;
    let { spec } = existing;
    if (spec.suspend) spec = { ...spec, suspend: false };
    if (eligibleNodes(this.#world, { ...existing, spec }).length === 0) {
      const [first] = this.#world.members();
      if (first === undefined) await this.addNode(this.#world.names[0] ?? 'h1');
      else if (first.spec.availability !== 'active') await this.setNode(first, { availability: 'active' });
      const { placement: _placement, ...rest } = spec;
      spec = rest;
    }
    const room = eligibleNodes(this.#world, { ...existing, spec }).length;
    // Tasks that stop last need a port beside those that start first: one host fewer than there are.
    if (spec.ports !== undefined && spec.mode === 'replicated' && spec.replicas > room) spec = { ...spec, replicas: room };
    if (spec !== existing.spec) await this.#write({ ...existing, spec });
  }

  async #write(object: StoredService): Promise<void> {
    const { spec, metadata } = object;
    const where = spec.placement === undefined ? '' : ` on ${(spec.placement.constraints ?? []).join()}`;
    const how = `${spec.update.order} ${spec.update.failureAction}${spec.suspend ? ' suspended' : ''}`;
    this.#world.note(`user applies ${metadata.name}: ${spec.mode} x${spec.replicas} ${spec.image} ${how}${where}`);
    await this.#world.apply(object);
  }

  /** `dswarm rollout undo`. */
  async #undo(existing: StoredService): Promise<void> {
    const revisions = this.#world.store
      .snapshot()
      .list('Revision', { namespace: 'default' })
      .filter(({ spec }) => spec.service === existing.metadata.name && spec.serviceUid === existing.metadata.uid)
      .sort((a, b) => a.spec.revision - b.spec.revision);
    const number = backFrom(existing, revisions);
    const template = revisions.find(({ spec }) => spec.revision === number)?.spec.template;
    if (template === undefined || Object.keys(templatePatch(existing.spec, template)).length === 0) return;
    this.#world.note(`user undoes ${existing.metadata.name}, to revision ${number}`);
    await this.#write({ ...existing, spec: withTemplate(existing.spec, template) });
  }

  async #relabel(existing: StoredNode): Promise<void> {
    const zone = this.#dice.pick(ZONES) ?? 'a';
    this.#world.note(`user moves ${existing.metadata.name} to zone ${zone}`);
    await this.#world.apply({ ...existing, metadata: { ...existing.metadata, labels: { zone } } });
  }

  /** `dswarm node rm`: unless forced it refuses while tasks are there. */
  async #removeNode(name: string, isForced: boolean): Promise<void> {
    if (this.#world.members().length < 2) return;
    const tasks = this.#world.store
      .snapshot()
      .list('Task')
      .filter((task) => task.spec.node === name && task.status?.state !== 'Orphaned' && !isRetired(task));
    if (!isForced && tasks.length > 0) return this.#world.note(`user is refused to remove ${name}: ${tasks.length} tasks`);
    this.#world.note(`user removes ${name}${isForced ? ' by force' : ''}`);
    if (isForced) {
      this.#leftRunning.add(name);
      this.#world.reach.hits(name);
    }
    await this.#world.removeNode(name);
  }

  #freshSpec(name: string): ServiceSpec {
    const dice = this.#dice;
    const { spec } = service(name);
    const port = name === 'web' && dice.chance(0.3);
    const test = ['CMD', '/hello', 'check'];
    const healthcheck = { test, interval: '1s', timeout: '1s', retries: 1, startPeriod: '0s', startInterval: '1s', disable: false };
    const way = {
      order: !port && dice.chance(0.4) ? ('start-first' as const) : ('stop-first' as const),
      parallelism: dice.between(0, 2),
      monitor: '3s',
    };
    return {
      ...spec,
      mode: dice.chance(0.2) ? 'global' : 'replicated',
      replicas: this.#replicas(port),
      restart: { condition: dice.chance(0.2) ? 'on-failure' : 'any' },
      update: { ...spec.update, ...way, failureAction: dice.pick(['continue', 'rollback', 'rollback', 'pause'] as const) ?? 'continue' },
      rollback: { ...spec.rollback, ...way, ...(dice.chance(0.3) ? { order: 'stop-first' } : {}) },
      ...(port ? { ports: [{ target: 80, published: HOST_PORT, protocol: 'tcp' as const, mode: 'host' as const }] } : {}),
      ...(dice.chance(0.4) ? { healthcheck } : {}),
      ...this.#placement(0.15),
    };
  }

  #change(spec: ServiceSpec): ServiceSpec {
    const dice = this.#dice;
    const replicas = this.#replicas(spec.ports !== undefined);
    const image = dice.pick(IMAGES) ?? IMAGES[0];
    const { placement: _placement, ...elsewhere } = spec;
    const changes: [number, () => ServiceSpec][] = [
      [4, () => ({ ...spec, replicas })],
      [3, () => ({ ...spec, image })],
      [2, () => this.#spoil(spec)],
      [1, () => ({ ...spec, forceUpdate: spec.forceUpdate + 1 })],
      [1, () => ({ ...spec, suspend: !spec.suspend })],
      [1, () => ({ ...spec, image, replicas })],
      [1, () => ({ ...elsewhere, ...this.#placement(0.7) })],
    ];
    const open = changes.flatMap(([weight, change]) => Array.from({ length: weight }, () => change));
    return dice.pick(open)?.() ?? spec;
  }

  /** A bad image; one that never tells whether it is healthy is told by the progress deadline alone. */
  #spoil(spec: ServiceSpec): ServiceSpec {
    const update = { ...spec.update, progressDeadline: '30s' };
    return {
      ...spec,
      image: this.#dice.pick(Object.values(BAD)) ?? BAD.crash,
      update,
      rollback: { ...spec.rollback, progressDeadline: '30s' },
    };
  }

  #placement(probability: number): Pick<ServiceSpec, 'placement'> {
    if (!this.#dice.chance(probability)) return {};
    const operator = this.#dice.chance(0.7) ? '==' : '!=';
    return { placement: { constraints: [`node.labels.zone${operator}${this.#dice.pick(ZONES) ?? 'a'}`], maxReplicasPerNode: 0 } };
  }

  /** One host can give its port to one task only. */
  #replicas(port: boolean): number {
    return this.#dice.between(0, port ? this.#world.names.length : MOST_REPLICAS);
  }
}
