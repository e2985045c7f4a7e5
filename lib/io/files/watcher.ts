import { statSync } from 'node:fs';
import path from 'node:path';
import { watch, type FSWatcher } from 'chokidar';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { isManifestName } from './walk.ts';

/** How long it must be quiet after a change, and how long a stream of changes may put the hint off (ms). */
const QUIET_MS = 25;
const LONGEST_MS = 250;
/** How often it is checked that the root is still the one that is watched (ms). */
const ROOT_MS = 1000;

export interface WatcherOptions {
  root: string;
  clock: Clock;
  log: Log;
  /** Something may have changed. */
  hint: () => void;
}

/** Hints from the file system, and from a look at the root itself: watches of a directory die with it. Nothing here is relied upon. */
export class Watcher {
  readonly #options: WatcherOptions;
  #watcher: FSWatcher | undefined;
  #root: string | undefined;
  #cancelQuiet: (() => void) | undefined;
  #cancelLongest: (() => void) | undefined;
  #cancelCheck: (() => void) | undefined;
  #closed = false;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#check();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimers();
    this.#cancelCheck?.();
    await this.#watcher?.close();
  }

  /** Collects changes until it is quiet, but not for ever. */
  touch(): void {
    if (this.#closed) return;
    const { clock } = this.#options;
    this.#cancelQuiet?.();
    this.#cancelQuiet = clock.after(QUIET_MS, () => this.#fire());
    this.#cancelLongest ??= clock.after(LONGEST_MS, () => this.#fire());
  }

  #fire(): void {
    this.#cancelTimers();
    this.#options.hint();
  }

  #cancelTimers(): void {
    this.#cancelQuiet?.();
    this.#cancelLongest?.();
    this.#cancelQuiet = undefined;
    this.#cancelLongest = undefined;
  }

  #check(): void {
    const root = this.#identify();
    if (root !== this.#root) {
      const isFirst = this.#root === undefined && this.#watcher === undefined;
      this.#root = root;
      this.#rewatch();
      if (!isFirst) this.touch();
    }
    this.#cancelCheck = this.#options.clock.after(ROOT_MS, () => this.#check());
  }

  #identify(): string | undefined {
    const stats = statSync(this.#options.root, { throwIfNoEntry: false, bigint: true });
    // File systems give the inode of a removed directory to the next one.
    return stats?.isDirectory() === true ? `${stats.dev}:${stats.ino}:${stats.birthtimeNs}` : undefined;
  }

  #rewatch(): void {
    const { root, log } = this.#options;
    const old = this.#watcher;
    this.#watcher = undefined;
    old?.close().catch((error: unknown) => log.warn({ error: String(error) }, 'a watch could not be ended'));
    if (this.#root === undefined) return;
    const watcher = watch(root, {
      ignoreInitial: true,
      followSymlinks: false,
      atomic: false,
      ignored: (file) => file !== root && path.basename(file).startsWith('.'),
    });
    watcher.on('all', () => this.touch());
    // A ConfigMap's ..data link is swapped without any other event; hidden files are noise.
    watcher.on('raw', (_, file) => {
      if (typeof file === 'string' && (isManifestName(path.basename(file)) || path.basename(file).startsWith('..'))) this.touch();
    });
    // Such as ENOSPC, too many watches: the periodic reading finds what is not told.
    watcher.on('error', (error) => log.warn({ error: String(error) }, 'watching the directory failed; it is read periodically'));
    this.#watcher = watcher;
  }
}
