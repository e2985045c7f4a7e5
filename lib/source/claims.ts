import type { SourceError } from '../types/generated.ts';
import { duplicateError } from './read.ts';
import type { FileMemory, FileObject } from './types.ts';

export interface Claims {
  /** Files that apply, with their objects. */
  good: ReadonlyMap<string, readonly FileObject[]>;
  /** Files that do not, though each is good by itself: the same object is in two of them. */
  errors: readonly SourceError[];
}

/**
 * Which files apply. An object in two files is refused in both; so is one that a broken file holds in force by its last good version
 * (it may still define it). A refused file keeps what it owns, which may in turn clash with a third, so this goes on until nothing changes.
 */
export function settleClaims(files: ReadonlyMap<string, FileMemory>, owned: ReadonlyMap<string, readonly string[]>): Claims {
  const broken = new Set([...files].filter(([, file]) => file.errors.length > 0).map(([path]) => path));
  const errors = new Map<string, SourceError[]>();
  for (let grew = true; grew;) {
    grew = false;
    const holders = findHolders(files, owned, broken);
    for (const [path, file] of files) {
      if (broken.has(path)) continue;
      const clashes = findClashes(path, file, holders);
      if (clashes.length > 0) errors.set(path, clashes);
    }
    for (const path of errors.keys()) {
      grew ||= !broken.has(path);
      broken.add(path);
    }
  }
  const good = new Map([...files].filter(([path]) => !broken.has(path)).map(([path, file]) => [path, file.objects]));
  return { good, errors: [...errors.values()].flat() };
}

/** Key of an object to where it is: in files as they are, and in the last good version of broken ones. */
function findHolders(
  files: ReadonlyMap<string, FileMemory>,
  owned: ReadonlyMap<string, readonly string[]>,
  broken: ReadonlySet<string>,
): Map<string, Map<string, string>> {
  const holders = new Map<string, Map<string, string>>();
  const add = (key: string, path: string, where: string): void => {
    const paths = holders.get(key) ?? new Map<string, string>();
    if (!paths.has(path)) paths.set(path, where);
    holders.set(key, paths);
  };
  for (const [path, file] of files) for (const { key, where } of file.objects) add(key, path, where);
  for (const path of broken) for (const key of owned.get(path) ?? []) add(key, path, path);
  return holders;
}

function findClashes(path: string, file: FileMemory, holders: ReadonlyMap<string, ReadonlyMap<string, string>>): SourceError[] {
  return file.objects.flatMap((object) => {
    const others = [...(holders.get(object.key) ?? [])].filter(([other]) => other !== path);
    const [first] = others;
    return first === undefined ? [] : [duplicateError(path, object, others.map(([, where]) => where).join(', '))];
  });
}
