import type { Subscription } from 'rxjs';
import { DswarmError } from '../lib/errors/error.ts';
import { editManifest, removeDocument } from '../lib/manifest/edit.ts';
import { KINDS } from '../lib/manifest/kinds.ts';
import { renderManifest } from '../lib/manifest/render.ts';
import { removeStored } from '../lib/runtime/removal.ts';
import { sourceAfter } from '../lib/source/status.ts';
import { planSync } from '../lib/source/sync.ts';
import { NO_MEMORY, type FileMemory, type StoredManifest, type SyncPlan } from '../lib/source/types.ts';
import { owningFile, refKey, refOf, type Admitted, type ObjectRef } from '../lib/types/objects.ts';
import { applyPlan } from './directory-changes.ts';
import { Announcer } from './directory-announcer.ts';
import type { DirectoryController, DirectoryControllerOptions } from './directory-options.ts';
import { timestamp } from './timestamp.ts';

export type { DirectoryController } from './directory-options.ts';

/** The one watched directory, as `get sources` names it. */
export const SOURCE_NAME = 'manifests';
/** Before a failed sync is tried again (ms). */
const RETRY_MS = 1000;

export function createDirectoryController(options: DirectoryControllerOptions): DirectoryController {
  return new Directory(options);
}

interface Owned {
  current: StoredManifest;
  path: string;
  memory: FileMemory;
  index: number;
}

class Directory implements DirectoryController {
  readonly #options: DirectoryControllerOptions;
  readonly #announcer: Announcer;
  #memory = NO_MEMORY;
  #plan: SyncPlan | undefined;
  /** Syncs and writes, one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  /** A sync that waits for its turn. */
  #waiting: Promise<void> | undefined;
  #subscription: Subscription | undefined;
  #cancelTimer: (() => void) | undefined;
  #stopped = false;

  constructor(options: DirectoryControllerOptions) {
    this.#options = options;
    this.#announcer = new Announcer(options, { kind: 'Source', name: SOURCE_NAME });
  }

  get isSynced(): boolean {
    return this.#plan !== undefined;
  }

  async start(): Promise<void> {
    this.#subscription = this.#options.files.changes$.subscribe(() => void this.#syncSoon());
    await this.#syncSoon();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#subscription?.unsubscribe();
    this.#cancelTimer?.();
    await this.#last;
    await this.#options.files.close();
  }

  sync(): Promise<void> {
    this.#waiting ??= this.#inTurn(async () => {
      this.#waiting = undefined;
      await this.#pass();
    });
    return this.#waiting;
  }

  confirm(token: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#plan?.confirmToken !== token) throw new DswarmError('DSW_SOURCE_CONFIRM', `no deletions wait for the token ${token}`);
      await this.#pass(token);
      if (this.#plan.pendingDeletes.length > 0) throw new DswarmError('DSW_SOURCE_CONFIRM', 'what would be deleted has changed meanwhile');
    });
  }

  write(before: StoredManifest, after: Admitted): Promise<void> {
    return this.#inTurn(async () => {
      const { current, path, memory, index } = await this.#find(before);
      if (current.metadata.generation !== before.metadata.generation) throw conflict(before);
      const text = memory.content.toString('utf8');
      const edited = editManifest(text, index, current, after);
      if (edited === text) return;
      await this.#options.files.write(path, edited);
      await this.#pass();
      this.#refuseBroken(path);
    });
  }

  create(object: Admitted, path = defaultPath(object)): Promise<void> {
    return this.#inTurn(async () => {
      const { files } = this.#options;
      await this.#pass();
      if (this.#memory.files.has(path))
        throw new DswarmError('DSW_SOURCE_WRITE', `${path} is there already`, {
          where: path,
          hint: 'Add the object to that file by hand.',
        });
      await files.write(path, renderManifest(object));
      await this.#pass();
      if (this.#lookUp(refOf(object)) !== undefined) return;
      await files.remove(path);
      this.#refuseBroken(path);
    });
  }

  remove(object: StoredManifest): Promise<void> {
    return this.#inTurn(async () => {
      const { files, store, clock } = this.#options;
      const { path, memory, index } = await this.#find(object);
      const rest = removeDocument(memory.content.toString('utf8'), index);
      if (rest === undefined) await files.remove(path);
      else await files.write(path, rest);
      await removeStored(store, [refOf(object)], timestamp(clock));
      await this.#pass();
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    // Whoever asked is told of the failure; the next in turn need not know.
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #syncSoon(): Promise<void> {
    if (this.#stopped) return;
    try {
      await this.sync();
    } catch (error) {
      this.#options.log.error({ error: String(error) }, 'the directory could not be synced');
      this.#syncAfter(RETRY_MS);
    }
  }

  #syncAfter(ms: number): void {
    this.#cancelTimer?.();
    if (!this.#stopped) this.#cancelTimer = this.#options.clock.after(ms, () => void this.#syncSoon());
  }

  async #pass(confirmed?: string): Promise<void> {
    const { files, store, clock, metrics, policy } = this.#options;
    const started = clock.monotonic();
    const scan = await files.scan();
    const snapshot = store.snapshot();
    const stored = [...snapshot.list('CronJob'), ...snapshot.list('Network'), ...snapshot.list('Node'), ...snapshot.list('Service')];
    const plan = planSync({ scan, memory: this.#memory, stored, policy, confirmed, now: clock.monotonic() });
    await applyPlan(this.#options, plan);
    // Only now: what could not be stored is planned again.
    this.#memory = plan.memory;
    await this.#report(plan);
    this.#plan = plan;
    metrics.observe('dswarm_source_scan_duration_seconds', (clock.monotonic() - started) / 1000, { source: SOURCE_NAME });
    if (plan.recheckAfter !== undefined) this.#syncAfter(plan.recheckAfter);
  }

  async #report(plan: SyncPlan): Promise<void> {
    const { store, files, ids, clock } = this.#options;
    const previous = store.snapshot().get({ kind: 'Source', name: SOURCE_NAME });
    const source = sourceAfter({ previous, plan, name: SOURCE_NAME, path: files.root, uid: ids.uid(), now: timestamp(clock) });
    if (source !== previous) await store.commit([{ put: source }]);
    this.#announcer.announce(plan);
  }

  #lookUp(ref: ObjectRef): StoredManifest | undefined {
    return this.#options.store.snapshot().get(ref) as StoredManifest | undefined;
  }

  /** The object as it is after a fresh look, and the place of its document. */
  async #find(object: StoredManifest): Promise<Owned> {
    await this.#pass();
    const ref = refOf(object);
    const current = this.#lookUp(ref);
    const path = current === undefined ? undefined : owningFile(current);
    if (current === undefined || path === undefined) throw conflict(object);
    this.#refuseBroken(path);
    const memory = this.#memory.files.get(path);
    const found = memory?.objects.find(({ key }) => key === refKey(ref));
    if (memory === undefined || found === undefined) throw conflict(object);
    return { current, path, memory, index: found.index };
  }

  /** What applies as a whole can be changed only while all of it is good. */
  #refuseBroken(path: string): void {
    const error = this.#plan?.errors.find(({ file }) => file === path);
    if (error === undefined) return;
    const where = error.line === undefined ? path : `${path}:${error.line}:${error.column}`;
    throw new DswarmError('DSW_MANIFEST_EDIT', `the file that owns the object has errors: ${error.message}`, {
      where,
      hint: 'Mend the file first.',
    });
  }
}

function conflict(object: StoredManifest): DswarmError {
  return new DswarmError('DSW_STORE_CONFLICT', `${refKey(refOf(object))} changed meanwhile`);
}

/** nodes/h4.yaml, services/shop/web.yaml. */
function defaultPath({ kind, metadata }: Admitted): string {
  const folder = KINDS[kind].plural;
  return KINDS[kind].scope === 'Cluster'
    ? `${folder}/${metadata.name}.yaml`
    : `${folder}/${metadata.namespace ?? 'default'}/${metadata.name}.yaml`;
}
