import type { Served, ServedService, ServedTask } from './model.ts';

/** One service before and after; absent where it did not exist. */
export interface ServiceChange {
  /** NAMESPACE/NAME. */
  key: string;
  was?: ServedService;
  is?: ServedService;
}

/** A task that entered what is served, or left it. */
export interface Move {
  /** NAMESPACE/NAME. */
  key: string;
  /** Of its service, NAMESPACE/NAME. */
  service: string;
  task: ServedTask;
}

export function serviceKey({ namespace, name }: Pick<ServedService, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

/** Whether two say the same, where what is the same is the same object. */
export function isSameServed(a: Served, b: Served): boolean {
  if (a.nodes !== b.nodes || a.networks !== b.networks || a.services.length !== b.services.length) return false;
  return a.services.every((service, index) => service === b.services[index]);
}

/** Services that are other objects now; mostly few, of many. */
export function changedServices(before: readonly ServedService[], after: readonly ServedService[]): ServiceChange[] {
  if (before === after) return [];
  const [gone, come] = [without(before, after), without(after, before)];
  const by = new Map(come.map((service) => [serviceKey(service), service]));
  const changes = gone.map((was): ServiceChange => {
    const key = serviceKey(was);
    const is = by.get(key);
    by.delete(key);
    return is === undefined ? { key, was } : { key, was, is };
  });
  return [...changes, ...[...by].map(([key, is]) => ({ key, is }))];
}

/** Most often both have the same services at the same places. */
function without(all: readonly ServedService[], others: readonly ServedService[]): ServedService[] {
  const moved = all.filter((service, index) => service !== others[index]);
  if (moved.length <= 1 && all.length === others.length) return moved;
  const known = new Set(others);
  return moved.filter((service) => !known.has(service));
}

/** Tasks that came into what is served, and those that left it. */
export function movesOf(changes: readonly ServiceChange[]): { come: Move[]; gone: Move[] } {
  const moves = changes.map(({ was, is }) => [movesInto(was, is), movesInto(is, was)] as const);
  return { come: moves.flatMap(([come]) => come), gone: moves.flatMap(([, gone]) => gone) };
}

function movesInto(from: ServedService | undefined, to: ServedService | undefined): Move[] {
  if (to === undefined) return [];
  const known = new Set(from?.tasks.map(({ name }) => name));
  const key = (name: string): string => `${to.namespace}/${name}`;
  return to.tasks.filter(({ name }) => !known.has(name)).map((task) => ({ key: key(task.name), service: serviceKey(to), task }));
}
