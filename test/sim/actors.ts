import type { Dice } from './dice.ts';
import { JobUsers } from './job-users.ts';
import { Nature } from './nature.ts';
import { Operators } from './operators.ts';
import type { FaultClass } from './profile.ts';
import { Users } from './users.ts';
import type { SimWorld } from './world.ts';

type Act = () => void | Promise<void>;

/** Users, operators at the hosts, and nature: each acts at random moments, and what they broke is mended in the end. */
export class Actors {
  readonly users: Users;
  readonly #jobUsers: JobUsers;
  readonly #world: SimWorld;
  readonly #dice: Dice;
  readonly #operators: Operators;
  readonly #nature: Nature;

  /** `end`: when the faults stop, monotonic ms. */
  constructor(world: SimWorld, dice: Dice, end: number) {
    this.#world = world;
    this.#dice = dice;
    this.users = new Users(world, dice);
    this.#jobUsers = new JobUsers(world, dice);
    this.#operators = new Operators(world, dice, end);
    this.#nature = new Nature(world, dice, end);
  }

  /** One random act. */
  async act(): Promise<void> {
    const nature = this.#nature;
    const acts: [FaultClass | 'always', number, Act][] = [
      ['always', 8, () => this.users.act()],
      ['jobs', 6, () => this.#jobUsers.act()],
      ['nodes', 4, () => this.users.actOnNode()],
      ['operators', 5, () => this.#operators.act()],
      ['hosts', 4, () => nature.host()],
      ['engines', 3, () => nature.engine()],
      ['freeze', 3, () => nature.freeze()],
      ['events', 2, () => nature.events()],
      ['pulls', 3, () => nature.pulls()],
      ['disks', 3, () => nature.disk()],
      ['ports', 3, () => nature.port()],
      ['restarts', 3, () => this.#controller()],
    ];
    const open = acts
      .filter(([name]) => name === 'always' || this.#world.profile.classes.has(name))
      .flatMap(([, weight, act]) => Array.from({ length: weight }, () => act));
    await this.#dice.pick(open)?.();
  }

  /** The end of all faults: what lasted is over, and what users hold back they let go. */
  async mend(): Promise<void> {
    this.#nature.mend();
    await this.users.letGo();
    await this.#jobUsers.letGo();
    this.#world.startController();
  }

  #controller(): void {
    if (this.#dice.chance(0.3)) this.#world.stopController();
    else this.#world.killController();
    if (this.#dice.chance(0.3)) this.#world.startController();
  }
}
