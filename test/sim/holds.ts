import type { StoreEvent } from '../../lib/ports/store.ts';
import { isHeld } from '../../lib/rollout/target.ts';
import type { StoredService } from '../../lib/types/objects.ts';

/** What is wrong with a write to the store, if anything is: a rollout that a person holds begins slots, or turns back. */
export function checkHold({ object, previous }: StoreEvent): string | undefined {
  if (object.kind !== 'Service' || previous?.kind !== 'Service') return undefined;
  const isSame = object.metadata.uid === previous.metadata.uid && object.metadata.generation === previous.metadata.generation;
  if (!isSame || !isHeld(object) || !isHeld(previous)) return undefined;
  const { name } = object.metadata;
  const known = begun(previous);
  const fresh = [...begun(object)].filter((slot) => !known.has(slot));
  if (fresh.length > 0) return `the rollout of ${name} begins slot ${fresh.join()} though it is held`;
  const turns = object.status?.update?.state === 'rollback_started' && previous.status?.update?.state === 'updating';
  return turns ? `the rollout of ${name} turns back though it is held` : undefined;
}

/** A slot is begun once in a rollout, at one time. */
function begun({ status }: StoredService): Set<string> {
  const { startedAt = '', slots = [] } = status?.update ?? {};
  return new Set(slots.map(({ slot, begunAt }) => `${slot} of ${startedAt} at ${begunAt}`));
}
