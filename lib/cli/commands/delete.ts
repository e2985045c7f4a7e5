import type { Command } from 'commander';
import { isReason } from '../../client/status.ts';
import { KINDS } from '../../manifest/kinds.ts';
import type { ObjectRef } from '../../types/objects.ts';
import { refOf } from '../../types/objects.ts';
import { parseTimeout } from '../duration.ts';
import { printFailure } from '../failure.ts';
import { Exit, printLine, type Io } from '../io.ts';
import { waitUntilGone } from '../gone.ts';
import { printNothingFound } from '../listing.ts';
import { addFileOptions, readManifests, refOfManifest, type FileOptions } from '../manifests.ts';
import { listNamed } from '../naming.ts';
import { parseNamed, parseResources, usage } from '../resources.ts';
import { addClientOptions, openSession, type Session } from '../session.ts';

interface DeleteOptions extends FileOptions {
  selector?: string;
  all?: boolean;
  ignoreNotFound?: boolean;
  wait: string;
  timeout: number;
}

export function define(command: Command, io: Io): void {
  addFileOptions(addClientOptions(command))
    .usage('KIND NAME... | KIND/NAME... | KIND -l SELECTOR | -f FILE [flags]')
    .argument('[resource...]')
    .option('-l, --selector <selector>', 'label selector')
    .option('--all', 'delete all objects of the kind in the namespace')
    .option('--ignore-not-found', 'succeed if an object does not exist')
    .option('--wait <bool>', 'wait until the objects and their containers are gone', 'true')
    .option('--timeout <duration>', 'how long to wait; 0: as long as it takes', parseTimeout, 0)
    .action(async (words: string[], options: DeleteOptions, self: Command) => {
      const session = openSession(self, io);
      const refs = await selectRefs(session, words, options);
      const gone = await deleteEach(session, refs, options.ignoreNotFound === true);
      if (options.wait !== 'false') await waitUntilGone(session, gone.deleted, options.timeout);
      if (gone.failed) throw new Exit(1);
    });
}

async function selectRefs(session: Session, words: readonly string[], options: DeleteOptions): Promise<ObjectRef[]> {
  if (options.filename.length > 0) {
    if (words.length > 0) throw usage('name either files or resources, not both', 'Leave out -f or the names.');
    const manifests = await readManifests(session.io, options);
    return manifests.map((manifest) => refOfManifest(manifest, session.namespace));
  }
  if (options.selector === undefined && options.all !== true) return parseNamed(words, session);
  const selections = parseResources(words);
  if (selections.some((selection) => selection.names.length > 0))
    throw usage('name objects, or select them with -l or --all, not both', 'Leave one out.');
  const objects = await listNamed(session, selections, options.selector);
  if (objects.length === 0) printNothingFound(session, selections);
  return objects.map((object) => refOf(object));
}

async function deleteEach(
  session: Session,
  refs: readonly ObjectRef[],
  ignoreNotFound: boolean,
): Promise<{ deleted: ObjectRef[]; failed: boolean }> {
  const deleted: ObjectRef[] = [];
  let failed = false;
  for (const ref of refs) {
    try {
      await session.client.delete(ref);
      deleted.push(ref);
      printLine(session.io, `${KINDS[ref.kind].singular} "${ref.name}" deleted`);
    } catch (error) {
      if (isReason(error, 'NotFound') && ignoreNotFound) continue;
      printFailure(session.io, error);
      failed = true;
    }
  }
  return { deleted, failed };
}
