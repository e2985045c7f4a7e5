import type { Move } from '../dataplane/served.ts';
import type { Sight } from '../dataplane/serving.ts';

/** Tasks that are in no table any more, until they have ended: then what is left of their connections can be forgotten. */
export class Departures {
  readonly #leaving = new Map<string, Move>();

  left(moves: readonly Move[]): void {
    for (const move of moves) this.#leaving.set(move.key, move);
  }

  entered(moves: readonly Move[]): void {
    for (const { key } of moves) this.#leaving.delete(key);
  }

  /** Their addresses, of those that have ended since it was asked last. On a node that does not answer they may go on until it is given up. */
  ended(sightOf: (service: string) => Sight, isGivenUp: (node: string) => boolean): string[] {
    const sights = new Map<string, Sight>();
    const over = [...this.#leaving.values()].filter(({ service, task: { node, name } }) => {
      const sight = sights.get(service) ?? sightOf(service);
      sights.set(service, sight);
      return sight.node(node) === undefined ? isGivenUp(node) : sight.container(node, name)?.state !== 'running';
    });
    for (const { key } of over) this.#leaving.delete(key);
    return over.flatMap(({ task }) => Object.values(task.addresses));
  }
}
