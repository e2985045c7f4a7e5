import type { Port, PublishedPort } from '../types/generated.ts';

/** Whether what was given is what the spec asks for, in whatever order (SwarmKit, isPortsAllocated). */
export function areAllocated(ports: readonly Port[] | undefined, given: readonly PublishedPort[] | undefined): boolean {
  const wanted = (ports ?? []).filter(needsNumber);
  const matched = match(wanted, given ?? []);
  return matched.length === (given ?? []).length && matched.every((each) => each !== undefined);
}

/** In mode host the engine chooses a number where there is none. */
export const needsNumber = ({ mode, published }: Port): boolean => mode === 'ingress' || published !== undefined;

/** For each port what of the given serves it, those with a number first; each of the given serves once. */
export function match(ports: readonly Port[], given: readonly PublishedPort[]): (PublishedPort | undefined)[] {
  const left = [...given];
  const asked = new Set(ports.flatMap(({ published, protocol }) => (published === undefined ? [] : [`${published}/${protocol}`])));
  const found: (PublishedPort | undefined)[] = ports.map(() => undefined);
  const take = (isMeant: (port: Port) => boolean): void => {
    for (const [index, port] of ports.entries()) {
      if (!isMeant(port)) continue;
      // A number that another port of the spec asks for is not this one's any more.
      const isFree = (each: PublishedPort): boolean => port.published !== undefined || !asked.has(`${each.published}/${each.protocol}`);
      const at = left.findIndex((each) => serves(each, port) && isFree(each));
      if (at !== -1) [found[index]] = left.splice(at, 1);
    }
  };
  take(({ published }) => published !== undefined);
  take(({ published }) => published === undefined);
  return found;
}

function serves(given: PublishedPort, { target, protocol, mode, published }: Port): boolean {
  return (
    given.target === target &&
    given.protocol === protocol &&
    given.mode === mode &&
    (published === undefined || published === given.published)
  );
}
