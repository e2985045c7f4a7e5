import type { Served } from './model.ts';

/** Whether two say the same, where what is the same is the same object. */
export function isSameServed(a: Served, b: Served): boolean {
  if (a.nodes !== b.nodes || a.networks !== b.networks || a.services.length !== b.services.length) return false;
  return a.services.every((service, index) => service === b.services[index]);
}

/** The tasks that are served, as NAMESPACE/NAME. */
export function tasksOf({ services }: Served): string[] {
  return services.flatMap(({ namespace, tasks }) => tasks.map(({ name }) => `${namespace}/${name}`));
}
