import type { StoredNetwork } from '../types/objects.ts';
import { sameJson } from '../types/same-json.ts';
import { ROUTES_UNKNOWN } from './subnets.ts';

/** What people are told of a change. */
export interface News {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

/** Each change once: of what is wrong all that is said of it, of what is well its state alone. What passes by itself is no news. */
export function newsOf(network: StoredNetwork, before: StoredNetwork | undefined): News | undefined {
  const [now, then] = [tidingsOf(network), before === undefined ? undefined : tidingsOf(before)];
  if (now.reason === ROUTES_UNKNOWN || sameJson(now, then)) return undefined;
  const type = now.problem === undefined ? 'Normal' : 'Warning';
  return { type, reason: now.reason, message: network.status?.message ?? '' };
}

function tidingsOf({ status }: StoredNetwork): { reason: string; problem?: string | undefined } {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const isGood = status?.state === 'Ready' || status?.state === 'Terminating';
  return { reason: ready?.reason ?? 'Changed', ...(isGood ? {} : { problem: status?.message }) };
}
