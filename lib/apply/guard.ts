import { DswarmError } from '../errors/error.ts';
import { LABELS } from '../plan/names.ts';
import type { Docker } from '../ports/docker.ts';
import type { ObservedContainer } from '../types/observation.ts';

export interface Ownership {
  node: string;
  cluster: string;
  /** Task object's name. */
  task: string;
}

export function isOurs(container: ObservedContainer, owner: Ownership): boolean {
  return (
    container.labels[LABELS.managed] === 'true' &&
    container.labels[LABELS.cluster] === owner.cluster &&
    container.labels[LABELS.task] === owner.task
  );
}

/** Reads the container by its id just before it is stopped or removed, and makes sure that it is the task meant (invariant 7). */
export async function readOwned(docker: Docker, id: string, owner: Ownership): Promise<ObservedContainer | undefined> {
  const container = await docker.inspectContainer(id);
  if (container === undefined || isOurs(container, owner)) return container;
  throw new DswarmError(
    'DSW_NAME_CONFLICT',
    `container ${container.name} (${id.slice(0, 12)}) is not task ${owner.task}; it is left alone`,
    {
      where: owner.node,
    },
  );
}
