import type { Contender } from '../contender.ts';
import type { Engines } from '../engines.ts';

/** Milliseconds from the request (the file saved) until the last of so many replicas runs. */
export async function measureCreate(
  engines: Engines,
  contender: Contender,
  options: { service: string; replicas: number },
): Promise<number> {
  const since = performance.now();
  await contender.create(options.service, options.replicas);
  const starts = await engines.starts(contender.label(options.service), options.replicas, since);
  return (starts.at(-1)?.at ?? Number.NaN) - since;
}

export async function removeService(engines: Engines, contender: Contender, service: string): Promise<void> {
  await contender.remove(service);
  await engines.gone(contender.label(service));
}
