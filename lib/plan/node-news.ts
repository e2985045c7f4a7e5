import type { Condition, NodeStatus } from '../types/generated.ts';

/** What people are told of a node beside whether it answers. */
export interface NodeNews {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

/** What began between two statuses: a pressure, and all that is said of a data plane that fails; and that the latter is well again. */
export function nodeNews(before: NodeStatus | undefined, after: NodeStatus): NodeNews[] {
  return (after.conditions ?? []).flatMap((condition) => {
    const old = before?.conditions?.find(({ type }) => type === condition.type);
    const news = newsOf(condition, old);
    return news === undefined ? [] : [news];
  });
}

function newsOf({ type, status, reason, message }: Condition, old: Condition | undefined): NodeNews | undefined {
  if (type === 'DiskPressure' || type === 'PIDPressure') return old === undefined ? { type: 'Warning', reason, message } : undefined;
  if (type !== 'NetworkReady') return undefined;
  const wasFailing = old?.status === 'False';
  if (status === 'True') return wasFailing ? { type: 'Normal', reason: 'NetworkReady', message } : undefined;
  // A controller without a data plane says so once, in its log.
  if (status !== 'False' || reason === 'NoDataPlane' || (wasFailing && message === old.message)) return undefined;
  return { type: 'Warning', reason, message };
}
