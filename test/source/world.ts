import { PRIVILEGED, type Policy } from '../../lib/manifest/policy.ts';
import { toStored } from '../../lib/manifest/stored.ts';
import type { FileEntry } from '../../lib/ports/files.ts';
import { planSync } from '../../lib/source/sync.ts';
import { NO_MEMORY, type StoredManifest, type SyncPlan } from '../../lib/source/types.ts';
import { refKey, refOf } from '../../lib/types/objects.ts';

/** Files and a store in memory: plans are carried out at once. */
export class World {
  readonly files = new Map<string, string | { code: string; reason: string } | Buffer>();
  readonly stored = new Map<string, StoredManifest>();
  /** Every change that was made to the store: `put KEY` and `delete KEY`. */
  readonly changes: string[] = [];
  memory = NO_MEMORY;
  now = 0;
  policy: Policy = PRIVILEGED;
  #entries = new Map<string, FileEntry>();

  /** A controller that starts anew: the store is all that is left. */
  restart(): void {
    this.memory = NO_MEMORY;
    this.#entries = new Map();
  }

  sync(options: { confirmed?: string; unreadable?: string } = {}): SyncPlan {
    const scan =
      options.unreadable === undefined ? { ok: true as const, entries: this.#scan() } : { ok: false as const, reason: options.unreadable };
    const plan = planSync({
      scan,
      memory: this.memory,
      stored: [...this.stored.values()],
      policy: this.policy,
      confirmed: options.confirmed,
      now: this.now,
    });
    this.memory = plan.memory;
    for (const { object, file, previous } of plan.puts) {
      const put = toStored(object, { previous, uid: `uid-${this.changes.length}`, now: '2026-01-01T00:00:00Z', file });
      this.stored.set(refKey(refOf(put)), put);
      this.changes.push(`put ${refKey(refOf(put))}`);
    }
    for (const ref of plan.deletes) {
      this.stored.delete(refKey(ref));
      this.changes.push(`delete ${refKey(ref)}`);
    }
    return plan;
  }

  /** Syncs until nothing more is due. */
  settle(): SyncPlan {
    let plan = this.sync();
    for (let round = 0; plan.recheckAfter !== undefined && round < 10; round += 1) {
      this.now += plan.recheckAfter;
      plan = this.sync();
    }
    return plan;
  }

  keys(): string[] {
    return [...this.stored.keys()].sort();
  }

  /** Unchanged files keep their buffer, as the adapter's cache does. */
  #scan(): FileEntry[] {
    const entries = [...this.files]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, content]): FileEntry => {
        if (!Buffer.isBuffer(content) && typeof content !== 'string') return { path, kind: 'refused', ...content };
        const buffer = Buffer.from(content);
        const known = this.#entries.get(path);
        return known?.kind === 'file' && known.content.equals(buffer) ? known : { path, kind: 'file', content: buffer };
      });
    this.#entries = new Map(entries.map((entry) => [entry.path, entry]));
    return entries;
  }
}
