import { mkdir, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { Subject } from 'rxjs';
import writeFileAtomic from 'write-file-atomic';
import { DswarmError } from '../../errors/error.ts';
import { sleep, type Clock } from '../../ports/clock.ts';
import type { DirectoryScan, FileEntry, Files } from '../../ports/files.ts';
import type { Log } from '../../ports/log.ts';
import { readRegular, sameStamp, type Stamp } from './read.ts';
import { isManifestName, walk, type Found } from './walk.ts';
import { Watcher } from './watcher.ts';

/** A file is read once it has not been written for so long (ms): half of a YAML file is often good YAML. */
const SETTLED_MS = 40;
/** How often a scan waits for files to settle before it goes on with their last content. */
const SETTLE_ROUNDS = 3;
const RESCAN_MS = 30_000;
/** Files read at a time. */
const READERS = 16;

export interface DirectoryOptions {
  root: string;
  clock: Clock;
  log: Log;
  /** Milliseconds between full readings that no event asked for. */
  rescanMs?: number;
}

interface Cached {
  stamp: Stamp;
  entry: FileEntry;
}

type FoundFile = Found & { kind: 'file' };

/** The watched directory. A scan lists everything and reads what has changed; chokidar and a timer hint at when to scan. */
export function createDirectory(options: DirectoryOptions): Files {
  return new Directory(options);
}

class Directory implements Files {
  readonly root: string;
  readonly changes$ = new Subject<void>();
  readonly #clock: Clock;
  readonly #rescanMs: number;
  readonly #watcher: Watcher;
  #cache: ReadonlyMap<string, Cached> = new Map();
  /** Files written by us: complete by construction. */
  readonly #written = new Set<string>();
  #cancelRescan: (() => void) | undefined;

  constructor({ root, clock, log, rescanMs = RESCAN_MS }: DirectoryOptions) {
    this.root = path.resolve(root);
    this.#clock = clock;
    this.#rescanMs = rescanMs;
    this.#watcher = new Watcher({ root: this.root, clock, log, hint: () => this.changes$.next() });
    this.#armRescan();
  }

  async scan(): Promise<DirectoryScan> {
    try {
      const found = await this.#settle();
      const entries: FileEntry[] = [];
      const cache = new Map<string, Cached>();
      for (let start = 0; start < found.length; start += READERS) {
        const read = await Promise.all(found.slice(start, start + READERS).map((each) => this.#read(each, cache)));
        entries.push(...read.filter((entry) => entry !== undefined));
      }
      this.#cache = cache;
      return { ok: true, entries };
    } catch (error) {
      // The root itself, or something that no rule foresees: then nothing is known.
      return { ok: false, reason: reasonOf(error) };
    }
  }

  async write(name: string, content: string): Promise<void> {
    const target = await this.#writable(name);
    try {
      await mkdir(path.dirname(target), { recursive: true });
      await writeFileAtomic(target, content, { encoding: 'utf8' });
    } catch (error) {
      throw cannotWrite(name, error);
    }
    this.#written.add(name);
  }

  async remove(name: string): Promise<void> {
    const target = await this.#writable(name);
    try {
      await rm(target, { force: true });
    } catch (error) {
      throw cannotWrite(name, error);
    }
  }

  async close(): Promise<void> {
    this.#cancelRescan?.();
    await this.#watcher.close();
  }

  #armRescan(): void {
    this.#cancelRescan = this.#clock.after(this.#rescanMs, () => {
      this.changes$.next();
      this.#armRescan();
    });
  }

  /** Lists, and waits a moment while some file is being written. */
  async #settle(): Promise<Found[]> {
    for (let round = 0; ; round += 1) {
      const found = await walk(this.root);
      const wait = Math.max(0, ...found.map((each) => this.#unsettledFor(each)));
      if (wait === 0 || round === SETTLE_ROUNDS) return found;
      await sleep(this.#clock, wait);
    }
  }

  /** Milliseconds until a changed file may be read. A time in the future is a wrong clock, not a young file. */
  #unsettledFor(each: Found): number {
    if (each.kind !== 'file' || this.#written.has(each.path)) return 0;
    const cached = this.#cache.get(each.path);
    if (cached !== undefined && sameStamp(cached.stamp, each.stamp)) return 0;
    const age = this.#clock.now() - Number(each.stamp.modified / 1_000_000n);
    return age < 0 || age >= SETTLED_MS ? 0 : SETTLED_MS - age;
  }

  async #read(each: Found, cache: Map<string, Cached>): Promise<FileEntry | undefined> {
    if (each.kind === 'refused') return { path: each.path, kind: 'refused', code: each.code, reason: each.reason };
    const cached = this.#cache.get(each.path);
    if (cached !== undefined && sameStamp(cached.stamp, each.stamp)) {
      cache.set(each.path, cached);
      return cached.entry;
    }
    if (this.#unsettledFor(each) > 0) return this.#keep(each, cache);
    this.#written.delete(each.path);
    return this.#readAnew(each, cache);
  }

  async #readAnew(each: FoundFile, cache: Map<string, Cached>): Promise<FileEntry | undefined> {
    try {
      const reading = await readRegular(each.real);
      if (reading.kind === 'moving') return this.#keep(each, cache);
      const entry: FileEntry =
        reading.kind === 'read'
          ? { path: each.path, kind: 'file', content: reading.content }
          : { path: each.path, kind: 'refused', code: 'DSW_SOURCE_REFUSED', reason: reading.reason };
      cache.set(each.path, { stamp: reading.kind === 'read' ? reading.stamp : each.stamp, entry });
      return entry;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return undefined;
      if (code === 'ELOOP')
        return { path: each.path, kind: 'refused', code: 'DSW_SOURCE_REFUSED', reason: 'became a link while it was read' };
      return { path: each.path, kind: 'refused', code: 'DSW_SOURCE_UNREADABLE', reason: `cannot be read (${code ?? 'unknown'})` };
    }
  }

  /** A file that is being written counts as it last was, and is looked at again soon. */
  #keep(each: FoundFile, cache: Map<string, Cached>): FileEntry | undefined {
    this.#watcher.touch();
    const cached = this.#cache.get(each.path);
    if (cached === undefined) return undefined;
    cache.set(each.path, cached);
    return cached.entry;
  }

  /** The absolute path of a manifest that may be written: inside the root, and no link on the way. */
  async #writable(name: string): Promise<string> {
    const target = path.resolve(this.root, name);
    const refuse = (why: string): DswarmError => new DswarmError('DSW_SOURCE_WRITE', `${name} ${why}`, { where: name });
    if (!target.startsWith(`${this.root}${path.sep}`) || !isManifestName(path.basename(target)))
      throw refuse('is not a manifest in the directory');
    const root = await realpath(this.root).catch((error: unknown) => {
      throw cannotWrite(name, error);
    });
    const real = await nearestReal(target);
    if (real !== path.join(root, path.relative(this.root, target)))
      throw refuse('is reached through a link; change it where the link leads');
    return target;
  }
}

/** The path without links; of what is not there yet, that of the nearest folder with the rest added. */
async function nearestReal(target: string): Promise<string> {
  try {
    return await realpath(target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || path.dirname(target) === target) throw error;
    return path.join(await nearestReal(path.dirname(target)), path.basename(target));
  }
}

function cannotWrite(name: string, error: unknown): DswarmError {
  return new DswarmError('DSW_SOURCE_WRITE', `${name} cannot be written: ${reasonOf(error)}`, { where: name, cause: error });
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
      return 'it is not there';
    case 'ENOTDIR':
      return 'it is not a directory';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'ENOSPC':
      return 'no space left on the device';
    case 'EROFS':
      return 'the file system is read-only';
    default:
      return message;
  }
}
