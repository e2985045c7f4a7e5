import { countsOnNode } from '../lib/plan/demand.ts';
import type { Keeper } from '../lib/plan/homes.ts';
import type { Snapshot } from '../lib/ports/store.ts';
import { serviceKeyOf, type TaskIndex } from '../lib/runtime/task-index.ts';

/** What other services than this one keep volumes of a node, by their tasks that have not ended. */
export function volumeKeepers(
  service: string,
  { index, snapshot }: { index: TaskIndex; snapshot: Snapshot },
): (node: string, volumes: readonly string[]) => Keeper {
  return (node, volumes) => {
    const keeping = index
      .ofNode(node)
      .filter((task) => serviceKeyOf(task) !== service && countsOnNode(task) && task.spec.volumes?.some((name) => volumes.includes(name)));
    if (keeping.length === 0) return 'none';
    const isThere = keeping.some(
      ({ metadata, spec }) => snapshot.get({ kind: 'Service', namespace: metadata.namespace, name: spec.service }) !== undefined,
    );
    return isThere ? 'service' : 'leaving';
  };
}
