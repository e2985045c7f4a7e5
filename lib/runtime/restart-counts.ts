import type { Docker } from '../ports/docker.ts';
import type { ObservedContainer } from '../types/observation.ts';
import type { Containers } from './observed.ts';

export interface RestartCountsOptions {
  docker: Docker;
  /** What is observed now. */
  containers: () => Containers;
  /** The engine has restarted it more or less often than was known. */
  counted: (container: ObservedContainer) => void;
}

/** A container that changes under way is asked about so often at most; its events tell the rest. */
const TRIES = 3;

/**
 * How often the engine restarted what runs while nobody listened: no list tells it, and no event will. One container is asked about after
 * another, beside all else that is read: nothing waits for it, and a container for which the engine does not answer holds up no other read.
 */
export class RestartCounts {
  readonly #options: RestartCountsOptions;

  constructor(options: RestartCountsOptions) {
    this.#options = options;
  }

  async read(signal: AbortSignal): Promise<void> {
    for (const { id, state } of [...this.#options.containers().values()]) {
      if (signal.aborted) return;
      // One that hangs in its engine is told by what is read of it else.
      if (state === 'running') await this.#ask(id, signal).catch(() => undefined);
    }
  }

  async #ask(id: string, signal: AbortSignal): Promise<void> {
    const { docker, containers, counted } = this.#options;
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      const before = containers().get(id);
      if (before?.state !== 'running') return;
      const restartCount = (await docker.inspectContainer(id))?.restartCount ?? 0;
      if (signal.aborted) return;
      // Whatever was read of it meanwhile may be newer.
      if (containers().get(id) !== before) continue;
      if (restartCount !== (before.restartCount ?? 0)) counted({ ...before, restartCount });
      return;
    }
  }
}
