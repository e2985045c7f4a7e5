import type { Clock } from '../../ports/clock.ts';
import type { PlaneAck, PlaneStatus, Planes, PlaneTarget, PlaneUpdate } from '../../ports/plane.ts';
import { checkPlane } from './check.ts';
import { ensureContainers, PLANE } from './containers.ts';
import { imageFor, type PlaneImage } from './image.ts';
import { lookUp } from './lookup.ts';
import { removePlane } from './removal.ts';
import { PlaneSession } from './session.ts';

export interface PlanesOptions {
  clock: Clock;
  /** At most one for each architecture, at least one. */
  images: readonly PlaneImage[];
}

/** So many changes on top of each other, then all anew: what a node reads at boot stays small. */
const CHANGES = 200;

interface NodePlane {
  session?: PlaneSession;
  /** Generation that the open session is known to be at. */
  generation?: number | undefined;
  changes: number;
  /** Ends when the last call does; never rejects. */
  tail: Promise<unknown>;
}

export function createPlanes(options: PlanesOptions): Planes {
  return new DockerPlanes(options);
}

class DockerPlanes implements Planes {
  readonly #options: PlanesOptions;
  readonly #nodes = new Map<string, NodePlane>();

  constructor(options: PlanesOptions) {
    this.#options = options;
  }

  ensure(target: PlaneTarget): Promise<PlaneStatus> {
    return this.#inTurn(target, async (plane) => {
      await ensureContainers(target, imageFor(this.#options.images, target));
      return this.#ask(target, plane);
    });
  }

  remove(target: PlaneTarget): Promise<void> {
    return this.#inTurn(target, async (plane) => {
      plane.session?.close();
      await removePlane(target);
      this.#nodes.delete(target.node);
    });
  }

  status(target: PlaneTarget): Promise<PlaneStatus> {
    return this.#inTurn(target, (plane) => this.#ask(target, plane));
  }

  lookup(host: string): Promise<string | undefined> {
    return lookUp(host);
  }

  apply(target: PlaneTarget, update: PlaneUpdate): Promise<PlaneAck> {
    return this.#inTurn(target, async (plane) => {
      const begun = this.#options.clock.monotonic();
      const session = await this.#session(target, plane);
      const { generation, change } = update;
      if (plane.generation === undefined) plane.generation = (await session.status()).generation;
      const small = change !== undefined && plane.generation === change.base && plane.changes < CHANGES ? change : undefined;
      // Until the answer is there, nobody knows.
      plane.generation = undefined;
      const appliedMs =
        small === undefined
          ? await session.apply('full', generation, update.full())
          : await session.apply('change', generation, small.files, small.base);
      plane.generation = generation;
      plane.changes = small === undefined ? 0 : plane.changes + 1;
      return { generation, appliedMs, totalMs: this.#options.clock.monotonic() - begun };
    });
  }

  check(target: PlaneTarget, probes: readonly string[]): Promise<(string | undefined)[]> {
    return checkPlane(target, PLANE, probes);
  }

  close(): void {
    for (const { session } of this.#nodes.values()) session?.close();
    this.#nodes.clear();
  }

  async #ask(target: PlaneTarget, plane: NodePlane): Promise<PlaneStatus> {
    const session = await this.#session(target, plane);
    const status = await session.status();
    plane.generation = status.generation;
    return status;
  }

  async #session(target: PlaneTarget, plane: NodePlane): Promise<PlaneSession> {
    if (plane.session !== undefined && !plane.session.ended) return plane.session;
    plane.generation = undefined;
    plane.session = await PlaneSession.open(target.node, target.docker, PLANE, this.#options.clock);
    return plane.session;
  }

  #inTurn<T>(target: PlaneTarget, call: (plane: NodePlane) => Promise<T>): Promise<T> {
    const plane = this.#nodes.get(target.node) ?? { changes: 0, tail: Promise.resolve() };
    this.#nodes.set(target.node, plane);
    const result = plane.tail.then(() => call(plane));
    plane.tail = result.catch(() => undefined);
    return result;
  }
}
