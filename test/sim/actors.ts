import type { ServiceSpec } from '../../lib/types/generated.ts';
import type { StoredService } from '../../lib/types/objects.ts';
import { node, service } from '../controllers/harness.ts';
import type { FakeContainer } from '../fakes/container.ts';
import type { Dice } from './dice.ts';
import { isOurs } from './monitor.ts';
import type { FaultClass } from './profile.ts';
import { IMAGES, type SimWorld } from './world.ts';

type Act = () => void | Promise<void>;

const SERVICES = ['web', 'api'] as const;
const HOST_PORT = 8080;

/** Users, operators at the hosts, and nature: each acts at random moments, and what they broke is mended in the end. */
export class Actors {
  readonly #world: SimWorld;
  readonly #dice: Dice;
  /** When the faults stop, monotonic ms. */
  readonly #end: number;

  constructor(world: SimWorld, dice: Dice, end: number) {
    this.#world = world;
    this.#dice = dice;
    this.#end = end;
  }

  /** One random act. */
  async act(): Promise<void> {
    const has = (name: FaultClass): boolean => this.#world.profile.classes.has(name);
    const acts: [boolean, number, Act][] = [
      [true, 8, () => this.#user()],
      [true, 1, () => this.#pauseNode()],
      [has('operators'), 5, () => this.#operator()],
      [has('hosts'), 4, () => this.#host()],
      [has('freeze'), 3, () => this.#freeze()],
      [has('events'), 2, () => this.#events()],
      [has('pulls'), 3, () => this.#pulls()],
      [has('ports'), 3, () => this.#port()],
      [has('restarts'), 3, () => this.#controller()],
    ];
    const open = acts.filter(([isOpen]) => isOpen).flatMap(([, weight, act]) => Array.from({ length: weight }, () => act));
    await this.#dice.pick(open)?.();
  }

  /** The end of all faults: what lasted is over, and what users hold back they let go. */
  async mend(): Promise<void> {
    const world = this.#world;
    for (const name of world.names) {
      world.doors.get(name)?.thaw();
      const engine = world.hosts.engine(name);
      engine.eventsFlow = true;
      engine.takenPorts.clear();
      for (const image of IMAGES) engine.pullable.set(image, 500);
      if (!engine.isUp) world.hosts.on(name);
      world.hosts.mend(name);
      if (world.nodeObject(name)?.spec.availability !== 'active') await world.apply(node(name));
    }
    for (const name of SERVICES) {
      const suspended = world.service(name);
      if (suspended?.spec.suspend === true) await world.apply({ ...suspended, spec: { ...suspended.spec, suspend: false } });
    }
    world.startController();
  }

  #during(most: number, back: () => void): void {
    const left = Math.max(0, this.#end - this.#world.clock.monotonic());
    this.#world.clock.after(Math.min(left, this.#dice.between(100, most)), back);
  }

  async #user(): Promise<void> {
    const name = this.#dice.pick(SERVICES) ?? 'web';
    const existing = this.#world.service(name);
    if (existing !== undefined && this.#dice.chance(0.2)) {
      this.#world.note(`user deletes ${name}`);
      await this.#world.delete(name);
      if (this.#dice.chance(0.5)) return;
    }
    await this.apply(name, this.#world.service(name));
  }

  async apply(name: string, existing: StoredService | undefined): Promise<void> {
    const spec = existing === undefined ? this.#freshSpec(name) : this.#change(existing.spec);
    this.#world.note(
      `user applies ${name}: ${spec.mode} x${spec.replicas} ${spec.image} ${spec.update.order}${spec.suspend ? ' suspended' : ''}`,
    );
    await this.#world.apply(service(name, spec));
  }

  #freshSpec(name: string): ServiceSpec {
    const dice = this.#dice;
    const { spec } = service(name);
    const port = name === 'web' && dice.chance(0.3);
    const test = ['CMD', '/hello', 'check'];
    const healthcheck = { test, interval: '1s', timeout: '1s', retries: 1, startPeriod: '0s', startInterval: '1s', disable: false };
    return {
      ...spec,
      mode: dice.chance(0.15) ? 'global' : 'replicated',
      replicas: this.#replicas(port),
      restart: { condition: dice.chance(0.2) ? 'on-failure' : 'any' },
      // A rollout that faults have paused would wait for its user.
      update: {
        ...spec.update,
        failureAction: 'continue',
        order: !port && dice.chance(0.4) ? 'start-first' : 'stop-first',
        parallelism: dice.between(0, 2),
      },
      ...(port ? { ports: [{ target: 80, published: HOST_PORT, protocol: 'tcp' as const, mode: 'host' as const }] } : {}),
      ...(dice.chance(0.3) ? { healthcheck } : {}),
    };
  }

  #change(spec: ServiceSpec): ServiceSpec {
    const dice = this.#dice;
    const roll = dice.between(0, 9);
    if (roll < 4) return { ...spec, replicas: this.#replicas(spec.ports !== undefined) };
    if (roll < 7) return { ...spec, image: dice.pick(IMAGES) ?? IMAGES[0] };
    if (roll < 8) return { ...spec, forceUpdate: spec.forceUpdate + 1 };
    if (roll < 9) return { ...spec, suspend: !spec.suspend };
    return { ...spec, image: dice.pick(IMAGES) ?? IMAGES[0], replicas: this.#replicas(spec.ports !== undefined) };
  }

  /** One host can give its port to one task only. */
  #replicas(port: boolean): number {
    return this.#dice.between(0, port ? this.#world.names.length : 3);
  }

  async #pauseNode(): Promise<void> {
    const name = this.#dice.pick(this.#world.names) ?? 'h1';
    const availability = this.#world.nodeObject(name)?.spec.availability === 'active' ? 'pause' : 'active';
    this.#world.note(`user sets ${name} to ${availability}`);
    await this.#world.apply(node(name, { availability }));
  }

  #operator(): void {
    const found = this.#dice.pick(this.#world.ours());
    if (found === undefined) return;
    const { container, node: name } = found;
    const engine = this.#world.hosts.engine(name);
    if (!engine.isUp) return;
    const deeds: Record<string, () => unknown> = {
      rm: () => engine.removeContainer(container.id, { force: true }),
      kill: () => engine.kill(container.id),
      stop: () => engine.stopContainer(container.id, 1),
      crash: () => engine.crash(container.id),
      oom: () => container.state === 'running' && engine.oom(container.id),
      unhealthy: () => container.health === 'healthy' && engine.setHealth(container.id, 'unhealthy'),
      squat: () => this.#squat(found),
    };
    const deed = this.#dice.pick(Object.keys(deeds)) ?? 'rm';
    this.#world.note(`operator: ${deed} ${container.name} on ${name}`);
    void deeds[deed]?.();
  }

  /** Somebody else's container takes the name of one of ours, for a while. */
  async #squat({ node: name, container }: { node: string; container: FakeContainer }): Promise<void> {
    const engine = this.#world.hosts.engine(name);
    await engine.removeContainer(container.id, { force: true });
    if (!engine.images.has(container.config.Image) || [...engine.containers.values()].some((other) => other.name === container.name))
      return;
    const config = { Image: container.config.Image, Labels: {}, HostConfig: { RestartPolicy: { Name: 'no' as const } } };
    const { id } = await engine.createContainer(container.name, config);
    this.#during(10_000, () => {
      const squatter = engine.containers.get(id);
      if (squatter === undefined || isOurs(squatter)) throw new Error('a foreign container was removed');
      engine.containers.delete(id);
    });
  }

  #host(): void {
    const { hosts } = this.#world;
    const name = this.#dice.pick(this.#world.names) ?? 'h1';
    if (this.#dice.chance(0.4)) {
      if (!hosts.engine(name).isUp) return;
      this.#world.note(`${name} powered off`);
      hosts.off(name);
      this.#during(20_000, () => {
        if (hosts.engine(name).isUp) return;
        this.#world.note(`${name} powered on`);
        hosts.on(name);
      });
      return;
    }
    this.#world.note(`${name} cut off`);
    if (this.#dice.chance(0.2)) hosts.untrusted(name);
    else hosts.cut(name);
    this.#during(20_000, () => {
      this.#world.note(`${name} reachable`);
      hosts.mend(name);
    });
  }

  #freeze(): void {
    const name = this.#dice.pick(this.#world.names) ?? 'h1';
    this.#world.note(`${name} engine hangs`);
    this.#world.doors.get(name)?.freeze();
    this.#during(15_000, () => {
      this.#world.note(`${name} engine goes on`);
      this.#world.doors.get(name)?.thaw();
    });
  }

  #events(): void {
    const name = this.#dice.pick(this.#world.names) ?? 'h1';
    const engine = this.#world.hosts.engine(name);
    if (this.#dice.chance(0.5)) {
      this.#world.note(`${name} event stream ends`);
      engine.endEvents(this.#dice.chance(0.5) ? new Error('stream lost') : undefined);
      return;
    }
    this.#world.note(`${name} events stop`);
    engine.eventsFlow = false;
    this.#during(15_000, () => (engine.eventsFlow = true));
  }

  #pulls(): void {
    const name = this.#dice.pick(this.#world.names) ?? 'h1';
    const engine = this.#world.hosts.engine(name);
    const image = this.#dice.pick(IMAGES) ?? IMAGES[0];
    const ms = this.#dice.chance(0.5) ? undefined : this.#dice.between(1_000, 30_000);
    this.#world.note(`${name} pulls ${image} ${ms === undefined ? 'not at all' : `in ${ms} ms`}`);
    engine.images.delete(image);
    if (ms === undefined) engine.pullable.delete(image);
    else engine.pullable.set(image, ms);
    this.#during(15_000, () => engine.pullable.set(image, 500));
  }

  #port(): void {
    const name = this.#dice.pick(this.#world.names) ?? 'h1';
    const port = `${HOST_PORT}/tcp`;
    this.#world.note(`${name} port ${port} taken by a process`);
    this.#world.hosts.engine(name).takenPorts.add(port);
    this.#during(15_000, () => this.#world.hosts.engine(name).takenPorts.delete(port));
  }

  #controller(): void {
    if (this.#dice.chance(0.3)) this.#world.stopController();
    else this.#world.killController();
    if (this.#dice.chance(0.3)) this.#world.startController();
  }
}
