import { isDeepStrictEqual } from 'node:util';
import { DswarmError } from '../../errors/error.ts';
import type { Change, Snapshot, StoreEvent } from '../../ports/store.ts';
import { refKey, refOf, type AnyStored, type Kind, type ObjectRef, type StoredKinds } from '../../types/objects.ts';
import { frozenCopy } from './frozen.ts';
import { SortedTable } from './sorted-table.ts';

type Tables = ReadonlyMap<Kind, SortedTable<AnyStored>>;

/** All objects at one revision. Immutable: a commit makes a new view that shares what it did not touch. */
export class View implements Snapshot {
  readonly revision: number;
  readonly #tables: Tables;

  constructor(revision: number, tables: Tables = new Map()) {
    this.revision = revision;
    this.#tables = tables;
  }

  get<K extends Kind>(ref: ObjectRef & { kind: K }): StoredKinds[K] | undefined {
    return this.#tables.get(ref.kind)?.get(sortKey(ref)) as StoredKinds[K] | undefined;
  }

  list<K extends Kind>(kind: K, options: { namespace?: string | undefined } = {}): readonly StoredKinds[K][] {
    const table = this.#tables.get(kind);
    if (table === undefined) return [];
    const found = options.namespace === undefined ? table.values() : table.withPrefix(`${options.namespace}\0`);
    return found as readonly StoredKinds[K][];
  }

  /** Applies all changes in one new revision, or throws DSW_STORE_CONFLICT. Without any effect it is the same view. */
  apply(changes: readonly Change[]): { view: View; events: readonly StoreEvent[] } {
    const revision = this.revision + 1;
    const tables = new Map(this.#tables);
    const events: StoreEvent[] = [];
    for (const change of changes) {
      const event = applyOne(tables, change, revision);
      if (event !== undefined) events.push(Object.freeze(event));
    }
    return events.length === 0 ? { view: this, events } : { view: new View(revision, tables), events };
  }
}

/** Builds a view from what was read back; objects keep their resourceVersions. */
export function loadView(revision: number, objects: Iterable<AnyStored>): View {
  const tables = new Map<Kind, SortedTable<AnyStored>>();
  for (const object of objects) setIn(tables, refOf(object), frozenCopy(object));
  return new View(revision, tables);
}

function applyOne(tables: Map<Kind, SortedTable<AnyStored>>, change: Change, revision: number): StoreEvent | undefined {
  const ref = 'put' in change ? refOf(change.put) : change.delete;
  const previous = tables.get(ref.kind)?.get(sortKey(ref));
  expectCurrent(ref, previous, change.expect);
  if ('put' in change) return put(tables, { object: change.put, previous, revision });
  if (previous === undefined) return undefined;
  tables.set(ref.kind, tableOf(tables, ref.kind).without(sortKey(ref)));
  return { type: 'DELETED', revision, object: previous, previous };
}

function put(
  tables: Map<Kind, SortedTable<AnyStored>>,
  change: { object: AnyStored; previous: AnyStored | undefined; revision: number },
): StoreEvent | undefined {
  const { previous, revision } = change;
  if (previous !== undefined && isDeepStrictEqual(previous, versioned(change.object, previous.metadata.resourceVersion))) return undefined;
  const object = versioned(change.object, String(revision));
  setIn(tables, refOf(object), object);
  return previous === undefined ? { type: 'ADDED', revision, object } : { type: 'MODIFIED', revision, object, previous };
}

function versioned(object: AnyStored, resourceVersion: string): AnyStored {
  return frozenCopy({ ...object, metadata: { ...object.metadata, resourceVersion } });
}

function expectCurrent(ref: ObjectRef, previous: AnyStored | undefined, expect: string | undefined): void {
  if (expect === undefined) return;
  const current = previous?.metadata.resourceVersion ?? 'absent';
  if (current === expect) return;
  const message =
    expect === 'absent'
      ? `${refKey(ref)} exists already`
      : `${refKey(ref)} is not at resourceVersion ${expect}: it is ${current === 'absent' ? 'gone' : `at ${current}`}`;
  throw new DswarmError('DSW_STORE_CONFLICT', message, { where: refKey(ref), expected: expect, found: current });
}

function setIn(tables: Map<Kind, SortedTable<AnyStored>>, ref: ObjectRef, object: AnyStored): void {
  tables.set(ref.kind, tableOf(tables, ref.kind).with(sortKey(ref), object));
}

function tableOf(tables: Tables, kind: Kind): SortedTable<AnyStored> {
  return tables.get(kind) ?? new SortedTable<AnyStored>();
}

/** NUL sorts before all that names may hold, so this is the order of namespace, then name. */
function sortKey(ref: ObjectRef): string {
  return `${ref.namespace ?? ''}\0${ref.name}`;
}
