import type { Observable } from 'rxjs';

export type FileEntry =
  | { path: string; kind: 'file'; content: Buffer }
  /** Named like a manifest but not read, and why: too large, outside the root, a FIFO, unreadable, ... */
  | { path: string; kind: 'refused'; code: string; reason: string };

export type DirectoryScan =
  /** Paths are relative to the root, with forward slashes, in order. */
  | { ok: true; entries: readonly FileEntry[] }
  /** The directory cannot be read: nothing is known of its contents. */
  | { ok: false; reason: string };

/** A directory tree of manifests. */
export interface Files {
  /** Absolute path of the root. */
  readonly root: string;
  /** Reads the whole tree: the truth. */
  scan(): Promise<DirectoryScan>;
  /** Something may have changed; a hint only. Never errors, never completes before close. */
  readonly changes$: Observable<void>;
  /** Replaces a file atomically (write beside, fsync, rename), keeping its mode; creates folders as needed. */
  write(path: string, content: string): Promise<void>;
  remove(path: string): Promise<void>;
  close(): Promise<void>;
}
