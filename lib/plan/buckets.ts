import { isLive, preferLively, type TaskView } from './task-view.ts';

/** The tasks of one slot, each in exactly one bucket. */
export interface SlotBuckets {
  /** The one that fills the slot with the wanted spec. */
  keep: TaskView | undefined;
  /** Live, of the wanted spec, on a node where it may not stay. */
  leaving: TaskView[];
  /** Live, of another spec. */
  outdated: TaskView[];
  /** Live, of the wanted spec, beside the one kept. */
  duplicate: TaskView[];
  /** Ended or unhealthy, or a stray of another spec; container still there. */
  dead: TaskView[];
  /** The engine is removing it. */
  removing: TaskView[];
  /** On a node that was lost: its slot is filled elsewhere. */
  orphaned: TaskView[];
  /** No container any more, none that could be made, or no node: only the record is left. */
  lost: TaskView[];
}

export interface SlotState {
  slot: string;
  buckets: SlotBuckets;
}

/** `leaves` tells of a live task whether it may not stay on its node, `strays` which nothing leads to: of another spec they fill no slot. */
export function sortIntoBuckets(
  tasks: readonly TaskView[],
  specHash: string,
  leaves: (task: TaskView) => boolean = () => false,
  strays: ReadonlyMap<string, unknown> = new Map(),
): SlotBuckets {
  const buckets: SlotBuckets = {
    keep: undefined,
    leaving: [],
    outdated: [],
    duplicate: [],
    dead: [],
    removing: [],
    orphaned: [],
    lost: [],
  };
  const current: TaskView[] = [];
  for (const task of tasks) {
    const bucket = bucketOf(task, specHash, { buckets, current });
    (bucket === buckets.outdated && strays.has(task.name) ? buckets.dead : bucket).push(task);
  }
  buckets.leaving = current.filter(leaves);
  const [keep, ...duplicate] = current.filter((task) => !leaves(task)).sort(preferLively);
  buckets.keep = keep;
  buckets.duplicate = duplicate;
  return buckets;
}

function bucketOf(task: TaskView, specHash: string, into: { buckets: SlotBuckets; current: TaskView[] }): TaskView[] {
  if (isLive(task)) return task.spec.specHash === specHash ? into.current : into.buckets.outdated;
  if (isRecordOnly(task)) return into.buckets.lost;
  if (task.phase === 'orphaned') return into.buckets.orphaned;
  return task.phase === 'removing' ? into.buckets.removing : into.buckets.dead;
}

const isRecordOnly = ({ phase, container }: TaskView): boolean =>
  phase === 'gone' || phase === 'unassigned' || (phase === 'rejected' && container === undefined);

/** Whether nothing is known of the slot but perhaps a task that fills it. */
export function isEmpty(buckets: SlotBuckets): boolean {
  return [buckets.outdated, buckets.dead, buckets.removing, buckets.orphaned, buckets.lost].every((bucket) => bucket.length === 0);
}
