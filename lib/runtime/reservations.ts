import type { TaskAssignment } from '../plan/step.ts';

/** Tasks that passes under way are about to store: passes of other services that plan meanwhile do not find them in the store yet. */
export class Reservations {
  readonly #reserved = new Set<readonly TaskAssignment[]>();

  /** Until what it gives is called, no other pass gives away what these tasks take. */
  reserve(tasks: readonly TaskAssignment[]): () => void {
    this.#reserved.add(tasks);
    return () => this.#reserved.delete(tasks);
  }

  ofNode(node: string): TaskAssignment[] {
    return [...this.#reserved].flat().filter(({ spec }) => spec.node === node);
  }
}
