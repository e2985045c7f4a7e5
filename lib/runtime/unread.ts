/** What an event tells of a container's fitness, from least to most. */
const SAID = ['nothing', 'unhealthy', 'ended'] as const;

export type Said = (typeof SAID)[number];

/** Of an event's action, as the engine words it. */
export function saidBy(action: string): Said {
  if (action === 'die') return 'ended';
  return action === 'health_status: unhealthy' ? 'unhealthy' : 'nothing';
}

/** Containers that are to be read again, by id, with the most that events told of each since it was read last. */
export class Unread {
  readonly #said = new Map<string, Said>();

  get ids(): string[] {
    return [...this.#said.keys()];
  }

  get size(): number {
    return this.#said.size;
  }

  add(id: string, said: Said = 'nothing'): void {
    const before = this.#said.get(id);
    if (before === undefined || SAID.indexOf(said) > SAID.indexOf(before)) this.#said.set(id, said);
  }

  hasEnded(id: string): boolean {
    return this.#said.get(id) === 'ended';
  }

  isDoubted(id: string): boolean {
    return (this.#said.get(id) ?? 'nothing') !== 'nothing';
  }
}
