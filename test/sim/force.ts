import type { Dice } from './dice.ts';
import type { SimWorld } from './world.ts';

/** What acts upon the hosts at random moments. All that it begins ends before the faults do. */
export class Force {
  protected readonly world: SimWorld;
  protected readonly dice: Dice;
  /** When the faults stop, monotonic ms. */
  readonly #end: number;

  constructor(world: SimWorld, dice: Dice, end: number) {
    this.world = world;
    this.dice = dice;
    this.#end = end;
  }

  protected anyHost(): string {
    return this.dice.pick(this.world.names) ?? 'h1';
  }

  /** Runs something after a while of at most so many ms. */
  protected later(most: number, call: () => void): void {
    const { clock } = this.world;
    const left = Math.max(0, this.#end - clock.monotonic());
    clock.after(Math.min(left, this.dice.between(100, most)), call);
  }

  /** A fault of the host that is over when `mend` was called, after at most so many ms. */
  protected lasts(host: string, most: number, mend: () => void): void {
    const { reach } = this.world;
    reach.begins(host);
    this.later(most, () => {
      mend();
      reach.ends(host);
    });
  }
}
