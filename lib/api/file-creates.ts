import { admit } from '../manifest/admit.ts';
import { othersIn } from '../manifest/beside.ts';
import type { JsonObject } from '../types/objects.ts';
import type { ApiDeps, StoredManifest } from './deps.ts';
import { forAdmission, identify } from './document.ts';
import { filesOf } from './file-writes.ts';
import { alreadyExists, invalid, notFound } from './status.ts';
import { readManifest, writeObject, type WriteOptions, type Written } from './writes.ts';

/** Makes a new object as a new file in the watched directory, for those who keep all there (`?into=directory`). */
export async function createInDirectory(deps: ApiDeps, options: WriteOptions, document: JsonObject): Promise<Written> {
  const { ref, resource } = options;
  if (readManifest(deps, ref) !== undefined) throw alreadyExists(ref);
  if (options.dryRun) return writeObject(deps, options, () => ({ document }));
  const admission = admit(
    { value: forAdmission(identify(document, resource, ref)) },
    {
      policy: deps.policy,
      others: othersIn(deps.store.snapshot()),
    },
  );
  if (admission.errors !== undefined) throw invalid(ref, admission.errors);
  await filesOf(deps, undefined).create(admission.object);
  const object = readManifest(deps, ref);
  if (object === undefined) throw notFound(ref);
  return { object: object satisfies StoredManifest, created: true, warnings: [] };
}
