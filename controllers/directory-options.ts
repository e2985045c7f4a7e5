import type { Policy } from '../lib/manifest/policy.ts';
import type { Clock } from '../lib/ports/clock.ts';
import type { EventSink } from '../lib/ports/events.ts';
import type { Files } from '../lib/ports/files.ts';
import type { Ids } from '../lib/ports/ids.ts';
import type { Log } from '../lib/ports/log.ts';
import type { Metrics } from '../lib/ports/metrics.ts';
import type { Store } from '../lib/ports/store.ts';
import type { StoredManifest } from '../lib/source/types.ts';
import type { Admitted } from '../lib/types/objects.ts';

export interface DirectoryControllerOptions {
  files: Files;
  store: Store;
  clock: Clock;
  ids: Ids;
  log: Log;
  events: EventSink;
  metrics: Metrics;
  policy: Policy;
}

export interface DirectoryController {
  /** Follows the directory from now on; resolves once it has been read for the first time, well or not. */
  start(): Promise<void>;
  /** Lets a sync or write under way end, starts no more, and closes the files. */
  stop(): Promise<void>;
  /** One full reading that begins after the call; calls meanwhile share the next one. */
  sync(): Promise<void>;
  /** Whether the directory has been read once, in whatever state it was. */
  readonly isSynced: boolean;
  /** Lets deletions happen that wait for a yes; the token names them exactly. */
  confirm(token: string): Promise<void>;
  /** Writes a change into the file that owns the object; the store has it when this resolves. */
  write(before: StoredManifest, after: Admitted): Promise<void>;
  /** Makes a new file for a new object: nodes/h4.yaml unless told otherwise. */
  create(object: Admitted, path?: string): Promise<void>;
  /** Takes an object out of its file, and the file away with its last one. */
  remove(object: StoredManifest): Promise<void>;
}
