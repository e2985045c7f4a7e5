import type { Policy } from '../manifest/policy.ts';
import type { DirectoryScan } from '../ports/files.ts';
import type { SourceError } from '../types/generated.ts';
import type { Admitted, ObjectRef, StoredManifest } from '../types/objects.ts';

export type { StoredManifest };

/** An object as one document of a file gives it. */
export interface FileObject {
  key: string;
  /** Its document's place in the file, from 0. */
  index: number;
  object: Admitted;
  /** `file:line:column` of its document. */
  where: string;
}

/** What was made of a file's content: reading it again would give the same. Plain data; it may be lost at any time. */
export interface FileMemory {
  content: Buffer;
  /** All objects of the file; a file with errors applies none. */
  objects: readonly FileObject[];
  errors: readonly SourceError[];
  /** Objects that a broken file names all the same, as far as it can be read. */
  named: readonly string[];
  /** Whether the same content may be judged otherwise next time, because the store has its say too. */
  volatile: boolean;
}

export interface SyncMemory {
  files: ReadonlyMap<string, FileMemory>;
  /** Objects that no file holds any more, and since when (monotonic ms). */
  missing: ReadonlyMap<string, number>;
}

export const NO_MEMORY: SyncMemory = { files: new Map(), missing: new Map() };

export interface SyncInput {
  scan: DirectoryScan;
  memory: SyncMemory;
  /** All that users write in the store, whoever owns them. */
  stored: readonly StoredManifest[];
  policy: Policy;
  /** The token of deletions that a person has confirmed. */
  confirmed?: string | undefined;
  /** Monotonic milliseconds. */
  now: number;
}

export interface Put {
  object: Admitted;
  file: string;
  previous: StoredManifest | undefined;
}

export interface SyncPlan {
  state: 'Ready' | 'Degraded' | 'Unavailable' | 'Paused';
  message: string;
  puts: readonly Put[];
  deletes: readonly ObjectRef[];
  errors: readonly SourceError[];
  /** Deletions that wait for confirmation, in order. */
  pendingDeletes: readonly string[];
  confirmToken?: string | undefined;
  /** Read again after so many ms: something is missing, and it may be a file on its way from one name to another. */
  recheckAfter?: number | undefined;
  /** Manifest files found, and objects that they hold in force. */
  files: number;
  objects: number;
  memory: SyncMemory;
}
