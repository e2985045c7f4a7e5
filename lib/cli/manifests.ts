import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { Option, type Command } from 'commander';
import { DswarmError } from '../errors/error.ts';
import type { ManifestDocument } from '../manifest/parse.ts';
import type { Policy } from '../manifest/policy.ts';
import type { Others } from '../manifest/beside.ts';
import { KINDS } from '../manifest/kinds.ts';
import { refKey, refOf, type Admitted, type JsonObject, type ObjectRef } from '../types/objects.ts';
import { printFailure } from './failure.ts';
import { Exit, type Io } from './io.ts';
import { usage } from './resources.ts';

export interface FileOptions {
  filename: string[];
  recursive?: boolean;
}

/** A document that passed admission: as the user wrote it, and as it will be once defaults are filled in. */
export interface Manifest {
  value: JsonObject;
  object: Admitted;
  where: string;
}

export interface CheckedManifests {
  manifests: Manifest[];
  errors: DswarmError[];
  files: number;
}

const MANIFEST_NAME = /\.(ya?ml|json)$/;

export function addFileOptions(command: Command): Command {
  return command
    .addOption(
      new Option('-f, --filename <file>', 'file or directory of manifests; - reads standard input; repeatable')
        .argParser(append)
        .default([], 'none'),
    )
    .option('-R, --recursive', 'directories with all below them');
}

export function append(value: string, previous: string[]): string[] {
  return [...previous, value];
}

/** Reads and checks all documents of all files; with any error, tells all errors and ends the command: nothing is sent by halves. */
export async function readManifests(io: Io, options: FileOptions): Promise<Manifest[]> {
  if (options.filename.length === 0) throw usage('you must name a file or directory', 'Write -f FILE, -f DIR or -f - .');
  // What a controller allows is the controller's to say.
  const checked = await checkManifests(io, options, { level: 'privileged', allowedBindPrefixes: [], dataPlane: true });
  if (checked.errors.length === 0) return checked.manifests;
  for (const error of checked.errors) printFailure(io, error);
  throw new Exit(1);
}

export async function checkManifests(io: Io, options: FileOptions, policy: Policy): Promise<CheckedManifests> {
  // The YAML and schema libraries take a while to load: only where they are needed.
  const [{ parseManifests }, { admit }] = await Promise.all([import('../manifest/parse.ts'), import('../manifest/admit.ts')]);
  const result: CheckedManifests = { manifests: [], errors: [], files: 0 };
  for (const file of await listFiles(io, options)) {
    const parsed = parseManifests(file.content, file.name);
    result.files += 1;
    result.errors.push(...parsed.errors);
    for (const document of parsed.documents) {
      const admission = admit(document, { policy, others: othersOf(result.manifests) });
      if (admission.errors === undefined)
        result.manifests.push({ value: document.value, object: admission.object, where: startOf(document) });
      else result.errors.push(...admission.errors);
    }
  }
  result.errors.push(...findDuplicates(result.manifests));
  return result;
}

/** What the documents before it ask for. */
function othersOf(manifests: readonly Manifest[]): Others {
  const objects = manifests.map(({ object }) => object);
  const services = objects.filter((object) => object.kind === 'Service');
  return { services, networks: objects.filter((object) => object.kind === 'Network'), nodes: [] };
}

function findDuplicates(manifests: readonly Manifest[]): DswarmError[] {
  const first = new Map<string, Manifest>();
  return manifests.flatMap((manifest) => {
    const key = refKey(refOf(manifest.object));
    const other = first.get(key);
    if (other === undefined) first.set(key, manifest);
    return other === undefined
      ? []
      : [new DswarmError('DSW_MANIFEST_DUPLICATE', `${key} is defined here and at ${other.where}`, { where: manifest.where })];
  });
}

function startOf(document: ManifestDocument): string {
  const { line, column } = document.locate([]);
  return `${document.file}:${line}:${column}`;
}

/** The object that a manifest names; without a namespace of its own it takes the command's. */
export function refOfManifest({ value, object }: Manifest, namespace: string): ObjectRef {
  const { kind, metadata } = object;
  if (KINDS[kind].scope === 'Cluster') return { kind, name: metadata.name };
  const own = (value['metadata'] as { namespace?: string } | undefined)?.namespace;
  return { kind, namespace: own ?? namespace, name: metadata.name };
}

interface ManifestFile {
  name: string;
  content: Buffer;
}

async function listFiles(io: Io, options: FileOptions): Promise<ManifestFile[]> {
  const files: ManifestFile[] = [];
  for (const name of options.filename) {
    if (name === '-') files.push({ name: 'stdin', content: await readInput(io) });
    else
      for (const file of expand(io, name, options.recursive === true))
        files.push({ name: file, content: readFileSync(path.resolve(io.cwd, file)) });
  }
  return files;
}

async function readInput(io: Io): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of io.stdin as AsyncIterable<Buffer | string>) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** A file as it is; of a directory, what is named like a manifest and not hidden. */
function expand(io: Io, name: string, recursive: boolean): string[] {
  const stats = statSync(path.resolve(io.cwd, name), { throwIfNoEntry: false });
  if (stats === undefined) throw usage(`the path ${JSON.stringify(name)} does not exist`, 'See that it is written rightly.');
  if (!stats.isDirectory()) return [name];
  const files = entriesOf(io, name, recursive);
  if (files.length === 0)
    throw usage(`no manifests in ${name}`, `They are named *.yaml, *.yml or *.json${recursive ? '' : '; -R looks into folders too'}.`);
  return files;
}

function entriesOf(io: Io, folder: string, recursive: boolean): string[] {
  const entries = readdirSync(path.resolve(io.cwd, folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    if (entry.name.startsWith('.')) return [];
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) return recursive ? entriesOf(io, name, recursive) : [];
    return MANIFEST_NAME.test(entry.name) ? [name] : [];
  });
}
