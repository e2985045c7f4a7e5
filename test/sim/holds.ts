import type { StoreEvent } from '../../lib/ports/store.ts';
import { isHeld } from '../../lib/rollout/target.ts';
import type { StoredService } from '../../lib/types/objects.ts';

/** What is wrong with a write to the store, if anything is: a rollout that a person holds begins slots, or turns back. */
export function checkHold({ object, previous }: StoreEvent): string | undefined {
  if (object.kind !== 'Service' || previous?.kind !== 'Service' || !staysHeld(previous, object)) return undefined;
  const { name } = object.metadata;
  const known = begun(previous);
  const fresh = [...begun(object)].filter((slot) => !known.has(slot));
  if (fresh.length > 0) return `the rollout of ${name} begins slot ${fresh.join()} though it is held`;
  return stateOf(object) === 'rollback_started' && stateOf(previous) === 'updating'
    ? `the rollout of ${name} turns back though it is held`
    : undefined;
}

/** The same object, of the same spec: only its status may have changed. */
function staysHeld(before: StoredService, after: StoredService): boolean {
  const [was, is] = [before.metadata, after.metadata];
  return was.uid === is.uid && was.generation === is.generation && isHeld(before) && isHeld(after);
}

const stateOf = ({ status }: StoredService): string | undefined => status?.update?.state;

/** A slot is begun once in a rollout, at one time. */
function begun({ status }: StoredService): Set<string> {
  const { startedAt = '', slots = [] } = status?.update ?? {};
  return new Set(slots.map(({ slot, begunAt }) => `${slot} of ${startedAt} at ${begunAt}`));
}
