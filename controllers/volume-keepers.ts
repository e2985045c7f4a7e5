import { countsOnNode } from '../lib/plan/demand.ts';
import type { Keeper } from '../lib/plan/homes.ts';
import type { Snapshot } from '../lib/ports/store.ts';
import type { Reservations } from '../lib/runtime/reservations.ts';
import { serviceKeyOf, type TaskIndex } from '../lib/runtime/task-index.ts';
import type { TaskSpec } from '../lib/types/generated.ts';
import { refKey } from '../lib/types/objects.ts';

interface Sources {
  index: TaskIndex;
  snapshot: Snapshot;
  /** Absent: nothing else is under way. */
  reservations?: Reservations;
}

/** What other services than this one keep volumes of a node, by their tasks that have not ended, or are about to be stored. */
export function volumeKeepers(
  service: string,
  { index, snapshot, reservations }: Sources,
): (node: string, volumes: readonly string[]) => Keeper {
  return (node, volumes) => {
    const isOne = (spec: TaskSpec): boolean => spec.volumes?.some((name) => volumes.includes(name)) === true;
    const reserved = reservations?.ofNode(node).filter(({ spec }) => isOne(spec)) ?? [];
    if (reserved.some(({ namespace, spec }) => refKey({ kind: 'Service', namespace, name: spec.service }) !== service)) return 'service';
    const keeping = index.ofNode(node).filter((task) => serviceKeyOf(task) !== service && countsOnNode(task) && isOne(task.spec));
    if (keeping.length === 0) return 'none';
    const isThere = keeping.some(
      ({ metadata, spec }) => snapshot.get({ kind: 'Service', namespace: metadata.namespace, name: spec.service }) !== undefined,
    );
    return isThere ? 'service' : 'leaving';
  };
}
