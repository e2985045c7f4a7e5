import type { Served, ServedService } from './model.ts';
import type { PlaneServiceChange } from './names.ts';
import { surroundingsOf } from './service.ts';
import type { PlaneFrame, PlaneState, Surroundings } from './state.ts';

type Services = PlaneState['services'];

/** Remembers what was made of two objects, for as long as both are held. What is made may depend on nothing else. */
class Pairs<A extends object, B extends object, Made> {
  readonly #made = new WeakMap<A, WeakMap<B, Made>>();

  of(a: A, b: B, make: () => Made): Made {
    const by = this.#made.get(a) ?? new WeakMap<B, Made>();
    this.#made.set(a, by);
    const known = by.get(b) ?? make();
    by.set(b, known);
    return known;
  }
}

/** What nodes of equal reach have in common: made for the first of them, and the same objects for all. What is made is the same without. */
export class Shared {
  readonly services = new Pairs<Surroundings, readonly ServedService[], Pick<PlaneState, 'services' | 'refused'>>();
  /** By the services before and after: each such map was made against surroundings of its own. */
  readonly changes = new Pairs<Services, Services, readonly PlaneServiceChange[]>();
  readonly names = new Pairs<Services, Services, Record<string, string>>();
  readonly #around = new Pairs<Served['nodes'], Served['networks'], Map<string, Surroundings>>();

  around({ nodes, networks }: Served, frame: PlaneFrame): Surroundings {
    const known = this.#around.of(nodes, networks, () => new Map());
    const key = reachOf(frame);
    const found = known.get(key) ?? surroundingsOf(frame);
    known.set(key, found);
    return found;
  }
}

/** Equal where services are made against the same, of frames of the same nodes and networks. */
function reachOf({ node, networks }: PlaneFrame): string {
  const reached = networks.map(({ namespace, name, remote }) => [namespace, name, [node, ...remote.map((other) => other.node)].sort()]);
  return JSON.stringify(reached);
}
