import type { BigIntStats, Dirent } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { stampOf, type Stamp } from './read.ts';

/** A file to read, or something in a manifest's place that is none. */
export type Found =
  | { path: string; kind: 'file'; real: string; stamp: Stamp; /** Reached through a symlink. */ linked: boolean }
  | { path: string; kind: 'refused'; code: 'DSW_SOURCE_REFUSED' | 'DSW_SOURCE_UNREADABLE'; reason: string };

const MANIFEST = /\.(?:ya?ml|json)$/;
/** More than any cluster has; less than a mistaken root (such as /) would bring. */
const MAX_FILES = 20_000;
/** Files looked at side by side. */
const LOOKS = 64;

export function isManifestName(name: string): boolean {
  return MANIFEST.test(name) && !name.startsWith('.');
}

/** Lists all manifests under a root, without reading them. Rejects only if the root itself cannot be listed. */
export async function walk(root: string): Promise<Found[]> {
  const context: Context = { root: await realpath(root), found: [], folders: new Set() };
  await walkFolder(context, { full: context.root, name: '', linked: false });
  context.found.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return withoutDoubles(context.found);
}

interface Context {
  /** Without links. */
  root: string;
  found: Found[];
  /** Device and inode of the folders entered: a link back to one of them is a loop. */
  folders: Set<string>;
}

interface Place {
  full: string;
  /** Relative to the root. */
  name: string;
  /** Reached through a symlink. */
  linked: boolean;
}

async function walkFolder(context: Context, { full, name, linked }: Place): Promise<void> {
  const { dev, ino } = await lstat(full, { bigint: true });
  context.folders.add(`${dev}:${ino}`);
  const entries = (await readdir(full, { withFileTypes: true })).filter((entry) => !entry.name.startsWith('.'));
  const visitSafely = async (entry: Dirent): Promise<void> => {
    const place = { full: path.join(full, entry.name), name: name === '' ? entry.name : `${name}/${entry.name}`, linked };
    try {
      await visit(context, entry, place);
    } catch (error) {
      refuseError(context, place.name, error as NodeJS.ErrnoException);
    }
  };
  const files = entries.filter((entry) => entry.isFile());
  for (let start = 0; start < files.length; start += LOOKS) {
    await Promise.all(files.slice(start, start + LOOKS).map(visitSafely));
    if (context.found.length > MAX_FILES) throw new Error(`there are more than ${MAX_FILES} manifests in it`);
  }
  // One after the other: whether a link leads back depends on what was entered before.
  for (const entry of entries) if (!entry.isFile()) await visitSafely(entry);
}

async function visit(context: Context, entry: Dirent, place: Place): Promise<void> {
  if (entry.isSymbolicLink()) return visitLink(context, place);
  if (entry.isDirectory()) return isManifestName(entry.name) ? refuse(context, place.name, 'is a folder') : walkFolder(context, place);
  if (isManifestName(entry.name)) add(context, place, await lstat(place.full, { bigint: true }));
}

/** A link counts as what it leads to, if that is inside the root. */
async function visitLink(context: Context, { full, name }: Place): Promise<void> {
  const isNamed = isManifestName(path.basename(name));
  const real = await realpath(full).catch((error: NodeJS.ErrnoException) => {
    // A link that leads nowhere is no concern unless it is in a manifest's place.
    if (isNamed) throw error;
    return undefined;
  });
  if (real === undefined) return;
  const isInside = real === context.root || real.startsWith(`${context.root}${path.sep}`);
  const stats = await stat(real, { bigint: true });
  if (!isInside) {
    if (isNamed || stats.isDirectory()) refuse(context, name, 'is a link that leads out of the directory');
    return;
  }
  if (stats.isDirectory()) {
    if (isNamed) return refuse(context, name, 'is a folder');
    if (!context.folders.has(`${stats.dev}:${stats.ino}`) && !context.root.startsWith(`${real}${path.sep}`))
      return walkFolder(context, { full: real, name, linked: true });
    return;
  }
  if (isNamed) add(context, { full: real, name, linked: true }, stats);
}

function add(context: Context, { full, name, linked }: Place, stats: BigIntStats): void {
  if (!stats.isFile()) return refuse(context, name, `is ${typeOf(stats)}, not a regular file`);
  context.found.push({ path: name, kind: 'file', real: full, stamp: stampOf(stats), linked });
}

function typeOf(stats: BigIntStats): string {
  if (stats.isFIFO()) return 'a pipe';
  if (stats.isSocket()) return 'a socket';
  if (stats.isDirectory()) return 'a folder';
  return 'a device';
}

function refuse(context: Context, name: string, reason: string): void {
  context.found.push({ path: name, kind: 'refused', code: 'DSW_SOURCE_REFUSED', reason });
}

function refuseError(context: Context, name: string, error: NodeJS.ErrnoException): void {
  switch (error.code) {
    case 'ENOENT':
      // Gone between list and look, unless it is a link to nothing.
      if (error.syscall === 'realpath') refuse(context, name, 'is a link that leads nowhere');
      return;
    case 'ELOOP':
      return refuse(context, name, 'is a link that leads back to itself');
    case 'EACCES':
    case 'EPERM':
    case 'EIO':
    case 'ESTALE':
      context.found.push({ path: name, kind: 'refused', code: 'DSW_SOURCE_UNREADABLE', reason: `cannot be read (${error.code})` });
      return;
    default:
      throw error;
  }
}

/** A file that is there in its own right, or by another link before, is not read again through a link. */
function withoutDoubles(found: readonly Found[]): Found[] {
  const seen = new Set(found.flatMap((each) => (each.kind === 'file' && !each.linked ? [each.real] : [])));
  return found.filter((each) => {
    if (each.kind !== 'file' || !each.linked) return true;
    if (seen.has(each.real)) return false;
    seen.add(each.real);
    return true;
  });
}
