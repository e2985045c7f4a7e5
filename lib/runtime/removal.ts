import { hasCode } from '../errors/error.ts';
import { removalOf } from '../manifest/removal.ts';
import type { Store } from '../ports/store.ts';
import type { ObjectRef, StoredManifest } from '../types/objects.ts';

/** How often a mark is made anew on top of a status that was written meanwhile. */
const ATTEMPTS = 20;

/** Deletes objects as they are, in one revision; those that are gone already stay so. `now` is RFC 3339. */
export async function removeStored(store: Store, refs: readonly ObjectRef[], now: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const snapshot = store.snapshot();
    const objects = refs.flatMap((ref) => (snapshot.get(ref) as StoredManifest | undefined) ?? []);
    try {
      await store.commit(objects.map((object) => removalOf(object, now)));
      return;
    } catch (error) {
      if (!hasCode(error, 'DSW_STORE_CONFLICT') || attempt === ATTEMPTS) throw error;
    }
  }
}
