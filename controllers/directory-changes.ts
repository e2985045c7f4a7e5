import { hasCode } from '../lib/errors/error.ts';
import { toStored } from '../lib/manifest/stored.ts';
import type { Change } from '../lib/ports/store.ts';
import { removeStored } from '../lib/runtime/removal.ts';
import type { Put, StoredManifest, SyncPlan } from '../lib/source/types.ts';
import { refOf } from '../lib/types/objects.ts';
import type { DirectoryControllerOptions } from './directory-options.ts';
import { timestamp } from './timestamp.ts';

/** How often a file's objects are stored anew on top of statuses that were written meanwhile. */
const ATTEMPTS = 20;

/** Stores what a plan says: a file's objects together, the files side by side (the store flushes them as one), deletions last. */
export async function applyPlan(options: DirectoryControllerOptions, plan: SyncPlan): Promise<void> {
  const files = new Map<string, Put[]>();
  for (const put of plan.puts) files.set(put.file, [...(files.get(put.file) ?? []), put]);
  await Promise.all([...files].map(([file, puts]) => storeFile(options, file, puts)));
  if (plan.deletes.length === 0) return;
  await removeStored(options.store, plan.deletes, timestamp(options.clock));
  options.log.info({ objects: plan.deletes.map((ref) => ref.name) }, 'deleted objects that are in no file any more');
}

async function storeFile(options: DirectoryControllerOptions, file: string, puts: readonly Put[]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await options.store.commit(puts.map((put) => changeOf(options, put)));
      options.log.info({ file, objects: puts.map(({ object }) => object.metadata.name) }, 'applied a file');
      return;
    } catch (error) {
      if (!hasCode(error, 'DSW_STORE_CONFLICT') || attempt === ATTEMPTS) throw error;
    }
  }
}

function changeOf({ store, ids, clock }: DirectoryControllerOptions, { object, file }: Put): Change {
  const previous = store.snapshot().get(refOf(object)) as StoredManifest | undefined;
  const put = toStored(object, { previous, uid: ids.uid(), now: timestamp(clock), file });
  return { put, expect: previous?.metadata.resourceVersion ?? 'absent' };
}
