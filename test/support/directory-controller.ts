import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createDirectoryController, type DirectoryController } from '../../controllers/directory.ts';
import { systemClock } from '../../lib/io/clock.ts';
import { createDirectory } from '../../lib/io/files/directory.ts';
import { createMemoryStore } from '../../lib/io/store/memory.ts';
import { BASELINE } from '../../lib/manifest/policy.ts';
import { silentLog } from '../../lib/ports/log.ts';
import { noMetrics } from '../../lib/ports/metrics.ts';
import type { Store } from '../../lib/ports/store.ts';
import { refOf, type StoredService, type StoredSource } from '../../lib/types/objects.ts';
import { FakeIds } from '../fakes/ids.ts';
import { makeTempFolder } from './temp-folder.ts';

export interface DirectoryWorld {
  root: string;
  store: Store;
  controller: DirectoryController;
  /** Reasons and messages of events. */
  events: string[];
  save(name: string, text: string): Promise<void>;
  service(name: string): StoredService | undefined;
  source(): StoredSource | undefined;
  /** A second controller on the same store and folder, as after a restart; the first is stopped. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** A directory controller over a real folder and a store in memory; not started yet. */
export async function makeDirectoryWorld(): Promise<DirectoryWorld> {
  const folder = await makeTempFolder();
  const store = createMemoryStore();
  const events: string[] = [];
  const make = (): DirectoryController =>
    createDirectoryController({
      files: createDirectory({ root: folder.path, clock: systemClock, log: silentLog }),
      store,
      clock: systemClock,
      ids: new FakeIds(),
      log: silentLog,
      events: { emit: (ref, _type, reason, message) => events.push(`${ref.kind}/${ref.name} ${reason}: ${message}`) },
      metrics: noMetrics,
      policy: BASELINE,
    });
  const world: DirectoryWorld = {
    root: folder.path,
    store,
    controller: make(),
    events,
    save: (name, text) => writeFile(path.join(folder.path, name), text),
    service: (name) => store.snapshot().get({ kind: 'Service', namespace: 'default', name }),
    source: () => store.snapshot().get({ kind: 'Source', name: 'manifests' }),
    restart: async () => {
      await world.controller.stop();
      world.controller = make();
    },
    close: async () => {
      await world.controller.stop();
      await store.close();
      await folder.remove();
    },
  };
  return world;
}

/** Writes a status as the service controller would, so that the object's resourceVersion moves. */
export async function touchStatus(store: Store, object: StoredService): Promise<void> {
  const current = store.snapshot().get({ ...refOf(object), kind: 'Service' });
  if (current === undefined) return;
  await store.commit([{ put: { ...current, status: { ...current.status, ready: (current.status?.ready ?? 0) + 1 } } }]);
}
