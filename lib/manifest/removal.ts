import type { Change } from '../ports/store.ts';
import { refOf, SOURCE_ANNOTATION, type StoredManifest } from '../types/objects.ts';

/**
 * What deleting an object comes to. A network is only marked: tasks may be in it, and it goes with the last of them. It belongs to no file
 * from then on; a file that names it again takes it over as it is.
 */
export function removalOf(object: StoredManifest, now: string): Change {
  const { resourceVersion, annotations, deletionTimestamp } = object.metadata;
  if (object.kind !== 'Network') return { delete: refOf(object) };
  const { [SOURCE_ANNOTATION]: _, ...others } = annotations ?? {};
  const metadata = { ...object.metadata, annotations: others, deletionTimestamp: deletionTimestamp ?? now };
  return { put: { ...object, metadata }, expect: resourceVersion };
}
