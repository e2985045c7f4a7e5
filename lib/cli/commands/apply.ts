import { isDeepStrictEqual } from 'node:util';
import type { Command } from 'commander';
import { isReason } from '../../client/status.ts';
import type { AnyStored, JsonObject, ObjectRef } from '../../types/objects.ts';
import { printFailure } from '../failure.ts';
import { Exit, printLine, type Io } from '../io.ts';
import { addFileOptions, readManifests, refOfManifest, type FileOptions, type Manifest } from '../manifests.ts';
import { parseFormat, printObjects } from '../output.ts';
import { shortRef, usage } from '../resources.ts';
import { addClientOptions, openSession, type Session } from '../session.ts';

type DryRun = 'none' | 'client' | 'server';

interface ApplyFlags extends FileOptions {
  dryRun: DryRun;
  forceConflicts?: boolean;
  output?: string;
}

export function define(command: Command, io: Io): void {
  addFileOptions(addClientOptions(command))
    .usage('-f FILE|DIR|- [flags]')
    .option('--dry-run <how>', 'none; client: check and compare only; server: as the controller would do it', parseDryRun, 'none')
    .option('--force-conflicts', 'take over fields that another client set')
    .option('-o, --output <format>', 'json, yaml or name')
    .addHelpText(
      'after',
      '\nAll documents are checked before the first is sent.\n\nExamples:\n  dswarm apply -f web.yaml\n  cat web.yaml | dswarm apply -f -',
    )
    .action(async (flags: ApplyFlags, self: Command) => {
      const session = openSession(self, io);
      const format = parseFormat(flags.output);
      const manifests = networksFirst(await readManifests(io, flags));
      const refs = manifests.map((manifest) => refFor(manifest, session, self.optsWithGlobals<{ namespace?: string }>().namespace));
      const applied: AnyStored[] = [];
      let failed = false;
      for (const [index, manifest] of manifests.entries()) {
        try {
          const outcome = await applyOne(session, { manifest, ref: refs[index] as ObjectRef, flags });
          applied.push(outcome.object);
          if (format === 'table' || format === 'wide') printLine(io, outcome.line);
        } catch (error) {
          // A failing object never blocks another (invariant 15).
          printFailure(io, error);
          failed = true;
        }
      }
      if (format === 'json' || format === 'yaml' || format === 'name') await printObjects(io, format, applied, applied.length === 1);
      if (failed) throw new Exit(1);
    });
}

/** A service that comes before the network it names would wait; the first one of a namespace would have its default network made. */
function networksFirst(manifests: readonly Manifest[]): Manifest[] {
  const isNetwork = ({ object }: Manifest): boolean => object.kind === 'Network';
  return [...manifests.filter(isNetwork), ...manifests.filter((manifest) => !isNetwork(manifest))];
}

/** A namespace in the manifest and another on the command line cannot both be meant. */
function refFor(manifest: Manifest, session: Session, flag: string | undefined): ObjectRef {
  const ref = refOfManifest(manifest, session.namespace);
  if (flag === undefined || ref.namespace === undefined || ref.namespace === flag) return ref;
  throw usage(
    `the namespace from the provided object ${JSON.stringify(ref.namespace)} does not match the namespace ${JSON.stringify(flag)}`,
    `Pass --namespace=${ref.namespace}, or leave the flag out.`,
  );
}

interface Applying {
  manifest: Manifest;
  ref: ObjectRef;
  flags: ApplyFlags;
}

async function applyOne(session: Session, { manifest, ref, flags }: Applying): Promise<{ object: AnyStored; line: string }> {
  const before = await findObject(session, ref);
  const object =
    flags.dryRun === 'client'
      ? (manifest.object as AnyStored)
      : await session.client.apply(toSend(manifest, ref), { dryRun: flags.dryRun === 'server', force: flags.forceConflicts === true });
  const what = before === undefined ? 'created' : isSame(before, object, flags.dryRun) ? 'unchanged' : 'configured';
  const note = { none: '', client: ' (dry run)', server: ' (server dry run)' }[flags.dryRun];
  return { object, line: `${shortRef(ref)} ${what}${note}` };
}

/** What the user wrote, and no more: defaults are the controller's to fill in, and would be owned by us. */
export function toSend({ value }: Manifest, ref: ObjectRef): JsonObject & { kind: ObjectRef['kind']; metadata: { name: string } } {
  const { status: _, ...rest } = value;
  const metadata = {
    ...(rest['metadata'] as JsonObject),
    name: ref.name,
    ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }),
  };
  return { ...rest, kind: ref.kind, metadata };
}

export async function findObject(session: Session, ref: ObjectRef): Promise<AnyStored | undefined> {
  try {
    return await session.client.get(ref);
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined;
    throw error;
  }
}

function isSame(before: AnyStored, after: AnyStored, dryRun: DryRun): boolean {
  if (dryRun === 'none' && before.metadata.resourceVersion === after.metadata.resourceVersion) return true;
  return isDeepStrictEqual(wanted(before), wanted(after));
}

/** The part of an object that users write. */
function wanted(object: AnyStored): unknown {
  return { spec: 'spec' in object ? object.spec : undefined, labels: object.metadata.labels ?? {}, annotations: userAnnotations(object) };
}

function userAnnotations(object: AnyStored): unknown {
  return Object.fromEntries(Object.entries(object.metadata.annotations ?? {}).filter(([key]) => !key.startsWith('dswarm/')));
}

function parseDryRun(text: string): DryRun {
  if (text === 'none' || text === 'client' || text === 'server') return text;
  throw usage(`--dry-run=${text} is unknown`, 'Write none, client or server.');
}
