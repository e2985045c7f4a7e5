import type { Chain } from '../plan/step.ts';

/**
 * Of containers whose end counts by itself: whether they have been told to stop. What is not known here may have been told by an earlier
 * run of the controller.
 */
export class Stops {
  /** By container id: whether it was told. */
  readonly #told = new Map<string, boolean>();

  planned({ steps }: Chain): void {
    for (const step of steps) if (step.op === 'stop' && step.spares === true && !this.#told.has(step.id)) this.#told.set(step.id, false);
  }

  /** Whether the container is known not to have been told. */
  isUntold(id: string): boolean {
    return this.#told.get(id) === false;
  }

  /** Tells it, and resolves with whether it had ended before anybody did. */
  async tell(id: string, stop: () => Promise<boolean>): Promise<boolean> {
    const isFirst = this.isUntold(id);
    if (this.#told.has(id)) this.#told.set(id, true);
    const ran = await stop();
    if (ran || !isFirst) return false;
    this.#told.set(id, false);
    return true;
  }

  removed(id: string): void {
    this.#told.delete(id);
  }
}
