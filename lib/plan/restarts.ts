import { decideRestart, type RestartDecision } from '../restart/decide.ts';
import { restartPolicy } from '../restart/policy.ts';
import type { TaskRestarts } from '../types/generated.ts';
import type { StoredService } from '../types/objects.ts';
import { parseIsoTime } from '../types/time.ts';
import type { SlotBuckets } from './buckets.ts';
import { messageOf } from './task-message.ts';
import { endOf, wasToGo, type TaskView } from './task-view.ts';

export interface SlotRestart {
  /** The task that ended last. */
  ended: TaskView;
  decision: RestartDecision;
}

/** Whether and when an empty slot is filled again; undefined: no task of this spec has ended in it. */
export function restartOf(
  buckets: SlotBuckets,
  service: StoredService,
  { specHash, now }: { specHash: string; now: number },
): SlotRestart | undefined {
  const ended = [...buckets.dead, ...buckets.lost.filter((task) => task.phase === 'gone')]
    .filter((task) => task.phase !== 'rejected' && task.spec.specHash === specHash && !wasToGo(task.record))
    .sort((a, b) => startOf(b) - startOf(a))[0];
  if (ended === undefined) return undefined;
  const { container, record } = ended;
  const last = record?.status;
  const decision = decideRestart(
    {
      restarts: ended.spec.restarts,
      startedAt: container?.startedAt ?? timeOf(last?.startedAt),
      finishedAt: container?.finishedAt ?? timeOf(last?.finishedAt),
      wasRemoved: ended.phase === 'gone' && endOf(record) === undefined,
    },
    restartPolicy(service.spec.restart),
    now,
  );
  return { ended, decision };
}

/** What the next task of the slot is given. One that could not be started has passed on what led to it: its slot was not tried less for that. */
export function passedOn(
  { dead, lost }: SlotBuckets,
  specHash: string,
  restart: SlotRestart | undefined,
): { startAt?: number; restarts: TaskRestarts } | undefined {
  if (restart !== undefined) return restart.decision.kind === 'start' ? restart.decision : undefined;
  const rejected = [...dead, ...lost].filter(({ phase, spec }) => phase === 'rejected' && spec.specHash === specHash);
  const [most] = rejected.flatMap(({ spec }) => spec.restarts ?? []).sort((a, b) => b.total - a.total);
  return most === undefined ? undefined : { restarts: most };
}

const timeOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : parseIsoTime(text));

const startOf = ({ container, record }: TaskView): number => container?.createdAt ?? timeOf(record?.metadata.creationTimestamp) ?? 0;

/** When a task that waits for its delay may start, ms since the epoch; undefined: it does not wait. */
export function waitsUntil({ spec }: Pick<TaskView, 'spec'>, now: number): number | undefined {
  const startAt = timeOf(spec.startAfter);
  return startAt === undefined || startAt <= now ? undefined : startAt;
}

/** `exited with code 1`, with the word that Kubernetes has for a task that keeps failing. */
export function whyRestarts(ended: TaskView, startAfter: string): string {
  return `restarts at ${startAfter}: ${messageOf(ended) ?? 'the last task ended'}`;
}
