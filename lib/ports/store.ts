import type { Observable } from 'rxjs';
import type { AnyStored, Kind, ObjectRef, StoredKinds } from '../types/objects.ts';

/** A consistent, frozen view of all objects at one revision. */
export interface Snapshot {
  readonly revision: number;
  get<K extends Kind>(ref: ObjectRef & { kind: K }): StoredKinds[K] | undefined;
  /** In order of namespace, then name. */
  list<K extends Kind>(kind: K, options?: { namespace?: string | undefined }): readonly StoredKinds[K][];
}

/** Change of one object. The store gives resourceVersion (the new revision); the caller has set all else. */
export type Change =
  /** `expect`: the resourceVersion that must be current; 'absent': there must be none; undefined: whatever. */
  { put: AnyStored; expect?: string | 'absent' | undefined } | { delete: ObjectRef; expect?: string | undefined };

export interface StoreEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  revision: number;
  object: AnyStored;
  /** As it was before; for selectors and for what was deleted. */
  previous?: AnyStored;
}

/**
 * Objects by reference, with compare-and-set and a change stream without gaps. Reads are of a local, frozen view; writes go through.
 * An etcd adapter can serve the same port: nothing above may assume that one process owns the data.
 */
export interface Store {
  snapshot(): Snapshot;
  /**
   * Applies all changes or none, in one revision; resolves when durable. Rejects with DSW_STORE_CONFLICT when an expectation fails,
   * DSW_STORE_UNAVAILABLE when it cannot write (disk full, read-only). A put equal to what is stored (but for resourceVersion) changes nothing.
   */
  commit(changes: readonly Change[]): Promise<Snapshot>;
  /**
   * Every event after the given revision, in order, then live ones. Errors with DSW_STORE_EXPIRED when that revision is too far back.
   */
  watch(after: number): Observable<StoreEvent>;
  close(): Promise<void>;
}
