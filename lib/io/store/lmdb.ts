import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { DswarmError } from '../../errors/error.ts';
import type { Store, StoreEvent } from '../../ports/store.ts';
import { refKey, refOf, type AnyStored } from '../../types/objects.ts';
import { createEmbeddedStore } from './embedded.ts';
import { isAlive, thisProcess, type Holder } from './holder.ts';
import { loadView } from './view.ts';

export interface LmdbStoreOptions {
  /** How many events are kept for watchers that come late. */
  history?: number;
}

const FILE = 'store.mdb';
const LOCK_KEY = 'lock';
const REVISION_KEY = 'revision';
const OBJECT_PREFIX = 'object/';
/** Sorts right after all object keys: '0' follows '/'. */
const OBJECT_END = 'object0';

/** Opens the store in a directory, which is made if it is not there. Only one process at a time may: DSW_STORE_LOCKED names the other. */
export function openLmdbStore(directory: string, options: LmdbStoreOptions = {}): Store {
  const database = openDatabase(directory);
  const self = thisProcess();
  try {
    takeLock(database, self, directory);
    return createEmbeddedStore({
      view: loadView((database.get(REVISION_KEY) as number | undefined) ?? 0, readObjects(database)),
      persist: (revision, events) => persist(database, { revision, events, directory }),
      history: options.history ?? 4096,
      close: () => release(database, self),
    });
  } catch (error) {
    // Nothing was written: the error at hand says more than any that closing could bring.
    database.close().catch(() => undefined);
    throw error instanceof DswarmError ? error : unavailable(directory, error);
  }
}

function openDatabase(directory: string): RootDatabase {
  try {
    const made = mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (made === undefined && readdirSync(directory).every((name) => name.startsWith(FILE))) chmodSync(directory, 0o700);
    const database = open({ path: join(directory, FILE), noSubdir: true, encoding: 'json' });
    chmodSync(join(directory, FILE), 0o600);
    return database;
  } catch (error) {
    throw unavailable(directory, error);
  }
}

function* readObjects(database: RootDatabase): Generator<AnyStored> {
  for (const { value } of database.getRange({ start: OBJECT_PREFIX, end: OBJECT_END })) yield value as AnyStored;
}

/** The check and the claim are one LMDB transaction, which only one process at a time can be in. */
function takeLock(database: RootDatabase, self: Holder, directory: string): void {
  const holder = database.transactionSync(() => {
    const current = database.get(LOCK_KEY) as Holder | undefined;
    if (current !== undefined && isAlive(current)) return current;
    void database.put(LOCK_KEY, self);
    return undefined;
  });
  if (holder === undefined) return;
  throw new DswarmError('DSW_STORE_LOCKED', `the state directory is in use by process ${holder.pid}`, { where: directory });
}

async function persist(
  database: RootDatabase,
  batch: { revision: number; events: readonly StoreEvent[]; directory: string },
): Promise<void> {
  try {
    // Not transactionSync: that would hold the whole process while the disk works.
    await database.transaction(() => {
      for (const event of batch.events) {
        const key = OBJECT_PREFIX + refKey(refOf(event.object));
        if (event.type === 'DELETED') void database.remove(key);
        else void database.put(key, event.object);
      }
      void database.put(REVISION_KEY, batch.revision);
    });
    await database.flushed;
  } catch (error) {
    throw unavailable(batch.directory, error);
  }
}

async function release(database: RootDatabase, self: Holder): Promise<void> {
  try {
    database.transactionSync(() => {
      const current = database.get(LOCK_KEY) as Holder | undefined;
      if (current?.pid === self.pid && current.startTime === self.startTime) void database.remove(LOCK_KEY);
    });
  } finally {
    await database.close();
  }
}

function unavailable(directory: string, cause: unknown): DswarmError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DswarmError('DSW_STORE_UNAVAILABLE', `cannot write the state: ${reason}`, { where: directory, cause });
}
