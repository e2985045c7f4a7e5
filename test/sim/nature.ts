import { Force } from './force.ts';
import { IMAGES, PULLABLE } from './images.ts';
import { HOST_PORT } from './users.ts';
import { PULL_MS } from './world.ts';

/** What happens to hosts, engines, disks and networks. */
export class Nature extends Force {
  /** A host loses its power, its network or its identity. */
  host(): void {
    const { hosts } = this.world;
    const name = this.anyHost();
    if (this.dice.chance(0.4)) {
      if (!hosts.engine(name).isUp) return;
      this.world.note(`${name} powered off`);
      hosts.off(name);
      return this.#comesBack(name, 20_000);
    }
    this.world.note(`${name} cut off`);
    if (this.dice.chance(0.2)) hosts.untrusted(name);
    else hosts.cut(name);
    this.lasts(name, 20_000, () => {
      this.world.note(`${name} reachable`);
      hosts.mend(name);
    });
  }

  /** The engine restarts: its containers run on under live-restore, and start again without. */
  engine(): void {
    const name = this.anyHost();
    if (!this.world.hosts.engine(name).isUp) return;
    const isLive = this.dice.chance(0.5);
    this.world.note(`${name} engine restarts${isLive ? ', its containers run on' : ''}`);
    if (isLive) this.world.hosts.engineOff(name);
    else this.world.hosts.off(name);
    this.#comesBack(name, 5_000);
  }

  freeze(): void {
    const name = this.anyHost();
    this.world.note(`${name} engine hangs`);
    this.world.doors.get(name)?.freeze();
    this.lasts(name, 15_000, () => {
      this.world.note(`${name} engine goes on`);
      this.world.doors.get(name)?.thaw();
    });
  }

  events(): void {
    const name = this.anyHost();
    const engine = this.world.hosts.engine(name);
    if (this.dice.chance(0.5)) {
      this.world.note(`${name} event stream ends`);
      engine.endEvents(this.dice.chance(0.5) ? new Error('stream lost') : undefined);
      return;
    }
    this.world.note(`${name} events stop`);
    engine.eventsFlow = false;
    this.lasts(name, 15_000, () => (engine.eventsFlow = true));
  }

  pulls(): void {
    const name = this.anyHost();
    const engine = this.world.hosts.engine(name);
    const image = this.dice.pick(IMAGES) ?? IMAGES[0];
    const ms = this.dice.chance(0.5) ? undefined : this.dice.between(1_000, 30_000);
    this.world.note(`${name} pulls ${image} ${ms === undefined ? 'not at all' : `in ${ms} ms`}`);
    engine.images.delete(image);
    if (ms === undefined) engine.pullable.delete(image);
    else engine.pullable.set(image, ms);
    this.later(15_000, () => engine.pullable.set(image, PULL_MS));
  }

  /** It is full, or so slow that calls that write reach their deadlines. */
  disk(): void {
    const name = this.anyHost();
    const engine = this.world.hosts.engine(name);
    if (this.dice.chance(0.5)) {
      this.world.note(`${name} disk is full`);
      engine.isFull = true;
      return this.later(15_000, () => (engine.isFull = false));
    }
    const ms = this.dice.between(1_000, 12_000);
    this.world.note(`${name} disk takes ${ms} ms a write`);
    const door = this.world.doors.get(name);
    door?.slowDown(ms);
    this.lasts(name, 15_000, () => door?.slowDown(0));
  }

  port(): void {
    const name = this.anyHost();
    const port = `${HOST_PORT}/tcp`;
    this.world.note(`${name} port ${port} taken by a process`);
    this.world.hosts.engine(name).takenPorts.add(port);
    this.later(15_000, () => this.world.hosts.engine(name).takenPorts.delete(port));
  }

  /** All of it is over. */
  mend(): void {
    for (const name of this.world.names) {
      const door = this.world.doors.get(name);
      door?.thaw();
      door?.slowDown(0);
      const engine = this.world.hosts.engine(name);
      engine.eventsFlow = true;
      engine.isFull = false;
      engine.takenPorts.clear();
      for (const image of PULLABLE) engine.pullable.set(image, PULL_MS);
      if (!engine.isUp) this.world.hosts.on(name);
      this.world.hosts.mend(name);
    }
  }

  #comesBack(name: string, most: number): void {
    this.lasts(name, most, () => {
      if (this.world.hosts.engine(name).isUp) return;
      this.world.note(`${name} is back`);
      this.world.hosts.on(name);
    });
  }
}
