import type { CronJobSpec, ServiceSpec } from '../../lib/types/generated.ts';
import type { StoredCronJob, StoredService } from '../../lib/types/objects.ts';
import { cronJob } from '../controllers/cron-world.ts';
import { job } from '../controllers/job-world.ts';
import type { Dice } from './dice.ts';
import { WORK } from './images.ts';
import type { SimWorld } from './world.ts';

const NAME = 'batch';
const CRON = 'tick';

/** People who have work done: a job, and one that is run at set times. */
export class JobUsers {
  readonly #world: SimWorld;
  readonly #dice: Dice;

  constructor(world: SimWorld, dice: Dice) {
    this.#world = world;
    this.#dice = dice;
  }

  async act(): Promise<void> {
    await (this.#dice.chance(0.6) ? this.#actOnJob() : this.#actOnCronJob());
  }

  /** Once faults are over: what was held back goes on, and nothing new begins by itself. */
  async letGo(): Promise<void> {
    const existing = this.#world.service(NAME);
    if (existing?.spec.suspend === true) await this.#write({ ...existing, spec: { ...existing.spec, suspend: false } });
    const cron = this.#world.cronJob(CRON);
    if (cron === undefined) return;
    if (this.#dice.chance(0.5)) return this.#deleteCronJob();
    this.#world.note(`user suspends ${CRON}`);
    await this.#world.apply({ ...cron, spec: { ...cron.spec, suspend: true } });
  }

  async #actOnJob(): Promise<void> {
    const existing = this.#world.service(NAME);
    if (existing !== undefined && this.#dice.chance(0.2)) {
      this.#world.note(`user deletes ${NAME}`);
      return this.#world.delete(NAME);
    }
    await this.#write(existing === undefined ? job(this.#freshSpec(), NAME) : { ...existing, spec: this.#change(existing.spec) });
  }

  async #actOnCronJob(): Promise<void> {
    const existing = this.#world.cronJob(CRON);
    if (existing === undefined) {
      this.#world.note(`user makes ${CRON}`);
      return this.#world.apply(cronJob(this.#schedule(), CRON));
    }
    if (this.#dice.chance(0.3)) return this.#deleteCronJob();
    const { spec } = existing;
    const next: StoredCronJob = { ...existing, spec: this.#dice.chance(0.5) ? { ...spec, suspend: !spec.suspend } : this.#schedule() };
    this.#world.note(`user changes ${CRON}: ${next.spec.schedule} ${next.spec.concurrencyPolicy}${next.spec.suspend ? ' suspended' : ''}`);
    await this.#world.apply(next);
  }

  async #deleteCronJob(): Promise<void> {
    this.#world.note(`user deletes ${CRON}`);
    await this.#world.deleteCronJob(CRON);
  }

  async #write(object: StoredService): Promise<void> {
    const { mode, replicas, maxConcurrent, image, suspend } = object.spec;
    this.#world.note(`user applies ${NAME}: ${mode} x${replicas}/${maxConcurrent ?? ''} ${image}${suspend ? ' suspended' : ''}`);
    await this.#world.apply(object);
  }

  #freshSpec(): ServiceSpec {
    const dice = this.#dice;
    const replicas = dice.between(1, 4);
    const mode = dice.chance(0.25) ? ('global-job' as const) : ('replicated-job' as const);
    return {
      ...job({ mode, replicas }).spec,
      ...this.#work(),
      ...(mode === 'replicated-job' && dice.chance(0.6) ? { maxConcurrent: dice.between(1, 2) } : {}),
    };
  }

  #change(spec: ServiceSpec): ServiceSpec {
    const dice = this.#dice;
    const changes: (() => ServiceSpec)[] = [
      () => ({ ...spec, forceUpdate: spec.forceUpdate + 1 }),
      () => ({ ...spec, replicas: dice.between(1, 4) }),
      () => ({ ...spec, ...this.#work() }),
      () => ({ ...spec, suspend: !spec.suspend }),
    ];
    return dice.pick(changes)?.() ?? spec;
  }

  /** Work that fails is tried a set number of times; else the engine goes on trying, or the controller does. */
  #work(): Pick<ServiceSpec, 'image' | 'restart'> {
    const dice = this.#dice;
    if (dice.chance(0.2)) return { image: WORK.fail, restart: { condition: 'on-failure', delay: '1s', maxAttempts: dice.between(1, 2) } };
    return { image: WORK.ok, restart: { condition: 'on-failure', ...(dice.chance(0.7) ? { delay: '1s' } : {}) } };
  }

  #schedule(): CronJobSpec {
    const dice = this.#dice;
    const base = cronJob().spec;
    return {
      ...base,
      schedule: `*/${dice.pick([10, 20, 30]) ?? 20} * * * * *`,
      concurrencyPolicy: dice.pick(['Allow', 'Forbid', 'Replace'] as const) ?? 'Allow',
      ...(dice.chance(0.3) ? { startingDeadline: '5s' } : {}),
      serviceTemplate: { spec: { ...job({ replicas: dice.between(1, 2) }).spec, ...this.#work() } },
    };
  }
}
