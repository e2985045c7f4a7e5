import { DswarmError } from '../../lib/errors/error.ts';
import { sleep } from '../../lib/ports/clock.ts';
import type { PlaneAck, PlaneFiles, Planes, PlaneStatus, PlaneTarget, PlaneUpdate } from '../../lib/ports/plane.ts';
import type { FakeContainer } from '../fakes/container.ts';
import type { PlaneFate } from './fate.ts';
import { PlaneTable } from './plane-table.ts';
import { Reach } from './reach.ts';
import { isReady } from './wanted.ts';
import type { SimWorld } from './world.ts';

/** A call of which nothing is heard is given up after this, ms. */
const DEADLINE_MS = 10_000;

const addressesOf = ({ networks }: FakeContainer): string[] =>
  Object.values(networks).flatMap(({ address }) => (address === '' ? [] : [address]));

/** The planes of a simulated world. They outlive controllers; a call reaches them as any call reaches its host, and meets a fate of its own. */
export class SimPlanes implements Planes {
  /** How often a plane was told something. */
  applied = 0;
  readonly #world: SimWorld;
  readonly #tables = new Map<string, PlaneTable>();
  /** Nodes whose planes do not answer, or did not a while ago. */
  readonly #reach: Reach;

  constructor(world: SimWorld) {
    this.#world = world;
    this.#reach = new Reach(world.clock);
  }

  ensure(target: PlaneTarget): Promise<PlaneStatus> {
    return this.status(target);
  }

  async status(target: PlaneTarget): Promise<PlaneStatus> {
    await this.#reachHost(target);
    return {
      routes: [],
      tunnels: [],
      generation: this.#table(target.node).generation,
      publicKey: Buffer.alloc(32, target.node).toString('base64'),
    };
  }

  async apply(target: PlaneTarget, { generation, full, change }: PlaneUpdate): Promise<PlaneAck> {
    const { node } = target;
    const fate = this.#world.fates.plane(node);
    if (fate.kind !== 'pass') this.#world.note(`plane of ${node}: ${fate.kind}`);
    if (fate.kind === 'refuse') throw this.#fails(node, 'DSW_PLANE_REJECTED');
    if (fate.kind === 'pass' && fate.before > 0) await sleep(this.#world.clock, fate.before);
    // Not of a controller that is gone by now: its session ended with it.
    await this.#reachHost(target);
    const isChange = change?.base === this.#table(node).generation;
    this.#take(node, generation, isChange ? { change: change.files } : { full: full() });
    await this.#answer(node, fate);
    return { generation, appliedMs: 0, totalMs: 0 };
  }

  async remove(target: PlaneTarget): Promise<void> {
    await this.#reachHost(target);
    this.#tables.delete(target.node);
  }

  check(): Promise<(string | undefined)[]> {
    return Promise.resolve([]);
  }

  lookup(): Promise<string | undefined> {
    return Promise.resolve(undefined);
  }

  close(): void {
    // What was applied stays.
  }

  /** The controller may take the node for one that does not answer. */
  unheard(node: string): void {
    this.#reach.hits(node);
  }

  /** What is wrong with the container being told to stop now: a plane that answers still leads to it. */
  checkStop(container: FakeContainer): string | undefined {
    if (container.state !== 'running') return undefined;
    const own = addressesOf(container);
    const node = this.#members().find((name) => own.some((address) => this.#table(name).leadsTo(address)) && this.#answers(name));
    return node === undefined ? undefined : `${container.name} is told to stop while the plane of ${node} leads to it`;
  }

  /** What differs between where planes lead and what is ready; empty: nothing. */
  differences(): string[] {
    const services = new Set(this.#world.services().map(({ metadata }) => metadata.name));
    const ready = this.#world.ours().filter(({ container }) => isReady(container) && services.has(this.#world.serviceOf(container)));
    const wanted = [...new Set(ready.flatMap(({ container }) => addressesOf(container)))].sort().join();
    return this.#members().flatMap((node) => {
      const found = this.#table(node).targets().join();
      return found === wanted ? [] : [`the plane of ${node} leads to ${found || 'nothing'}, not to ${wanted || 'nothing'}`];
    });
  }

  /** The call comes by way of the host's link, as an exec does. */
  async #reachHost({ node, docker }: PlaneTarget): Promise<void> {
    try {
      await docker.ping();
    } catch (error) {
      this.#reach.hits(node);
      throw error;
    }
  }

  #take(node: string, generation: number, files: { full: PlaneFiles } | { change: PlaneFiles }): void {
    const table = this.#table(node);
    const before = new Set(table.targets());
    table.apply(generation, files);
    this.applied += 1;
    for (const address of table.targets()) if (!before.has(address)) this.#checkEntry(node, address);
  }

  /** What has never been healthy gets no connections. */
  #checkEntry(node: string, address: string): void {
    const found = this.#world.ours().find(({ container }) => addressesOf(container).includes(address));
    if (found === undefined || this.#world.reach.has(found.node)) return;
    const { container } = found;
    if (container.health === 'starting')
      this.#world.monitor.violated(`the plane of ${node} leads to ${container.name} before it is healthy`);
  }

  async #answer(node: string, fate: PlaneFate): Promise<void> {
    const { clock } = this.#world;
    if (fate.kind === 'lost') {
      this.#reach.hits(node, DEADLINE_MS);
      await sleep(clock, DEADLINE_MS);
      throw this.#fails(node, 'DSW_PLANE_FAILED');
    }
    if (fate.kind === 'pass' && fate.after > 0) await sleep(clock, fate.after);
  }

  #fails(node: string, code: 'DSW_PLANE_FAILED' | 'DSW_PLANE_REJECTED'): DswarmError {
    this.#reach.hits(node);
    return new DswarmError(code, 'injected', { where: node });
  }

  #answers(node: string): boolean {
    return !this.#reach.has(node) && !this.#world.reach.has(node) && this.#world.unchangedFor(node) > DEADLINE_MS;
  }

  #members(): string[] {
    return this.#world.members().map(({ metadata }) => metadata.name);
  }

  #table(node: string): PlaneTable {
    const existing = this.#tables.get(node);
    if (existing !== undefined) return existing;
    const table = new PlaneTable();
    this.#tables.set(node, table);
    return table;
  }
}
