import { sleep, type Clock } from '../ports/clock.ts';
import type { Docker } from '../ports/docker.ts';
import type { Log } from '../ports/log.ts';
import type { ObservedContainer } from '../types/observation.ts';

/** How long one container may hold up what is read of all. */
const INSPECT_MS = 5_000;

export interface InspectionOptions {
  node: string;
  docker: Docker;
  clock: Clock;
  log: Log;
}

/** A container that hangs in the engine, in a healthcheck or a volume, must not hide all the others: it is taken as it is listed. */
export async function inspect(listed: ObservedContainer, { node, docker, clock, log }: InspectionOptions): Promise<ObservedContainer> {
  const patience = new AbortController();
  const inspected = docker.inspectContainer(listed.id).then((found) => found ?? listed);
  const silent = sleep(clock, INSPECT_MS, patience.signal).then((): ObservedContainer => {
    log.warn({ node, container: listed.name }, 'the engine does not answer for a container; it is taken as it is listed');
    return { ...listed, silent: true };
  });
  try {
    return await Promise.race([inspected, silent]);
  } finally {
    // Whichever comes late has nobody to tell.
    patience.abort();
    void Promise.allSettled([inspected, silent]);
  }
}
