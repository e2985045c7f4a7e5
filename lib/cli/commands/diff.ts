import type { Command } from 'commander';
import type { ChangePlan } from '../../client/answers.ts';
import type { AnyStored, ObjectRef } from '../../types/objects.ts';
import { painter } from '../colour.ts';
import { printFailure } from '../failure.ts';
import { Exit, printLine, printNote, type Io } from '../io.ts';
import { addFileOptions, readManifests, refOfManifest, type FileOptions, type Manifest } from '../manifests.ts';
import { toYaml } from '../output.ts';
import { shortRef } from '../resources.ts';
import { addClientOptions, openSession, type Session } from '../session.ts';
import { findObject, toSend } from './apply.ts';

const ERROR_EXIT = 2;

export function define(command: Command, io: Io): void {
  addFileOptions(addClientOptions(command))
    .usage('-f FILE|DIR|- [flags]')
    .option('--force-conflicts', 'as if fields that another client set were taken over')
    .addHelpText(
      'after',
      '\nExit code: 0 nothing would change, 1 something would, 2 and more: an error.\n\nExamples:\n  dswarm diff -f web.yaml',
    )
    .action(async (flags: FileOptions & { forceConflicts?: boolean }, self: Command) => {
      const session = openSession(self, io);
      const manifests = await readForDiff(io, flags);
      const targets = manifests.map((manifest) => ({ manifest, ref: refOfManifest(manifest, session.namespace) }));
      const patches: string[] = [];
      for (const target of targets) patches.push(await patchOf(session, target, flags.forceConflicts === true));
      const differing = patches.filter((patch) => patch !== '');
      for (const patch of differing) printPatch(io, patch);
      // Steps may be due though no object changes: what is to be is not yet.
      const plan = await session.client.plan(targets.map(({ manifest, ref }) => toSend(manifest, ref)));
      printSteps(io, plan);
      if (differing.length > 0) throw new Exit(1);
    });
}

async function readForDiff(io: Io, flags: FileOptions): Promise<Manifest[]> {
  try {
    return await readManifests(io, flags);
  } catch (error) {
    printFailure(io, error);
    throw new Exit(ERROR_EXIT);
  }
}

/** The unified diff from the object as it is to what a dry run of apply makes of it; '' where they are the same. */
async function patchOf(session: Session, { manifest, ref }: { manifest: Manifest; ref: ObjectRef }, force: boolean): Promise<string> {
  const before = await findObject(session, ref);
  const after = await session.client.apply(toSend(manifest, ref), { dryRun: true, force });
  const [oldText, newText] = [before === undefined ? '' : await toYaml(shown(before)), await toYaml(shown(after))];
  if (oldText === newText) return '';
  const { createTwoFilesPatch } = await import('diff');
  const name = shortRef(ref);
  const patch = createTwoFilesPatch(
    before === undefined ? '/dev/null' : `live/${name}`,
    `merged/${name}`,
    oldText,
    newText,
    undefined,
    undefined,
    { context: 3 },
  );
  return patch.replace(/^=+\n/, '').replaceAll(/\t$/gm, '').trimEnd();
}

/** What a person wrote or would write: without bookkeeping and status. */
function shown(object: AnyStored): unknown {
  const { name, namespace, labels, annotations } = object.metadata;
  const own = Object.entries(annotations ?? {}).filter(([key]) => !key.startsWith('dswarm/'));
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined || Object.keys(labels).length === 0 ? {} : { labels }),
      ...(own.length === 0 ? {} : { annotations: Object.fromEntries(own) }),
    },
    ...('spec' in object ? { spec: object.spec } : {}),
  };
}

function printPatch(io: Io, patch: string): void {
  const paint = painter(io);
  for (const line of patch.split('\n')) {
    if (line.startsWith('+++') || line.startsWith('---')) printLine(io, paint('bold', line));
    else if (line.startsWith('@@')) printLine(io, paint('cyan', line));
    else if (line.startsWith('+')) printLine(io, paint('green', line));
    else if (line.startsWith('-')) printLine(io, paint('red', line));
    else printLine(io, line);
  }
}

/** To stderr, where the patch is piped into another program. */
function printSteps(io: Io, plan: ChangePlan): void {
  const print = io.stdout.isTTY === true ? printLine : printNote;
  if (plan.steps.length === 0) return;
  print(io, '');
  print(io, `${plan.steps.length} step${plan.steps.length === 1 ? '' : 's'}:`);
  for (const { node, text } of plan.steps) print(io, `  ${text}${node === undefined || text.includes(node) ? '' : ` on ${node}`}`);
}
