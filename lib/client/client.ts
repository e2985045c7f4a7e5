import { DswarmError } from '../errors/error.ts';
import { KINDS } from '../manifest/kinds.ts';
import type { AnyStored, Kind, ObjectRef, StoredKinds } from '../types/objects.ts';
import type { Address } from './address.ts';
import { readJsonLines } from './lines.ts';
import { StatusError } from './status.ts';
import type { ChangePlan, LogFrame, LogQuery, NetworkCheck, ServerVersion, Table, WatchEvent } from './answers.ts';
import { explain, readJson, send, warningsOf, type Call, type Query } from './transport.ts';

export const API_ROOT = '/apis/dswarm/v1';
export const FIELD_MANAGER = 'dswarm';
const AS_TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const APPLY_PATCH = 'application/apply-patch+yaml';

export interface ListQuery {
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface WatchQuery extends ListQuery {
  resourceVersion: string;
}

export interface ObjectList<K extends Kind = Kind> {
  metadata: { resourceVersion: string };
  items: StoredKinds[K][];
}

export interface ApplyOptions {
  dryRun?: boolean;
  force?: boolean;
}

/** What apply, patch and delete take: as little of an object as names it. */
export interface Nameable {
  kind: Kind;
  metadata: { name: string; namespace?: string | undefined };
}

export interface Client {
  readonly address: Address;
  /** Any call of the API: answers parsed from JSON. */
  call<T>(call: Call): Promise<T>;
  get<K extends Kind>(ref: ObjectRef & { kind: K }): Promise<StoredKinds[K]>;
  getTable(ref: ObjectRef): Promise<Table>;
  list<K extends Kind>(kind: K, query?: ListQuery): Promise<ObjectList<K>>;
  listTable(kind: Kind, query?: ListQuery): Promise<Table>;
  watch(kind: Kind, query: WatchQuery): AsyncIterable<WatchEvent<AnyStored>>;
  watchTable(kind: Kind, query: WatchQuery): AsyncIterable<WatchEvent<Table>>;
  create(object: Nameable, query?: Query): Promise<AnyStored>;
  /** Server-side apply with field manager `dswarm`. */
  apply(object: Nameable, options?: ApplyOptions): Promise<AnyStored>;
  patch(ref: ObjectRef, patch: object, options?: { subresource?: string }): Promise<AnyStored>;
  delete(ref: ObjectRef): Promise<void>;
  plan(items: readonly object[]): Promise<ChangePlan>;
  /** What every node finds when it tries out the data plane. */
  checkNetwork(): Promise<{ items: NetworkCheck[] }>;
  logs(ref: ObjectRef, query: LogQuery): AsyncIterable<LogFrame>;
  version(): Promise<ServerVersion>;
}

/** `warn` gets what the API warns of beside a success. */
export function createClient(address: Address, warn: (text: string) => void = () => undefined): Client {
  const answer = async (call: Call): Promise<Awaited<ReturnType<typeof send>>> => {
    const response = await send(address, call);
    for (const text of warningsOf(response)) warn(text);
    return response;
  };
  const json = async <T>(call: Call): Promise<T> => readJson<T>(await answer(call));
  async function* stream<T>(call: Call): AsyncGenerator<T> {
    try {
      yield* readJsonLines<T>(await answer(call));
    } catch (error) {
      if (call.signal?.aborted === true) return;
      throw error instanceof StatusError || error instanceof DswarmError ? error : explain(address, error as NodeJS.ErrnoException);
    }
  }
  const watchCall = (kind: Kind, query: WatchQuery): Call => ({
    ...listCall(kind, query),
    query: { ...selection(query), watch: true, resourceVersion: query.resourceVersion, allowWatchBookmarks: true },
  });
  return {
    address,
    call: json,
    get: (ref) => json({ method: 'GET', path: objectPath(ref) }),
    getTable: (ref) => json({ method: 'GET', path: objectPath(ref), accept: AS_TABLE }),
    list: (kind, query = {}) => json(listCall(kind, query)),
    listTable: (kind, query = {}) => json({ ...listCall(kind, query), accept: AS_TABLE }),
    watch: (kind, query) => stream(watchCall(kind, query)),
    watchTable: (kind, query) => stream({ ...watchCall(kind, query), accept: AS_TABLE }),
    create: (object, query) =>
      json({
        method: 'POST',
        path: collectionPath(object.kind, object.metadata.namespace),
        body: object,
        ...(query === undefined ? {} : { query }),
      }),
    apply: (object, options = {}) => json(applyCall(object, options)),
    patch: (ref, patch, options = {}) =>
      json({
        method: 'PATCH',
        path: objectPath(ref) + (options.subresource === undefined ? '' : `/${options.subresource}`),
        query: { fieldManager: FIELD_MANAGER },
        body: patch,
        contentType: 'application/merge-patch+json',
      }),
    delete: async (ref) => {
      (await answer({ method: 'DELETE', path: objectPath(ref) })).resume();
    },
    plan: (items) => json({ method: 'POST', path: `${API_ROOT}/plan`, body: { items } }),
    checkNetwork: () => json({ method: 'POST', path: `${API_ROOT}/netcheck` }),
    logs: (ref, query) => stream(logCall(ref, query)),
    version: () => json({ method: 'GET', path: '/version' }),
  };
}

/** `/apis/dswarm/v1/namespaces/shop/services`, `/apis/dswarm/v1/nodes`; without a namespace: of all namespaces. */
export function collectionPath(kind: Kind, namespace?: string): string {
  const info = KINDS[kind];
  const scope = info.scope === 'Cluster' || namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${API_ROOT}${scope}/${info.plural}`;
}

export function objectPath(ref: ObjectRef): string {
  return `${collectionPath(ref.kind, ref.namespace)}/${encodeURIComponent(ref.name)}`;
}

function listCall(kind: Kind, query: ListQuery): Call {
  return { method: 'GET', path: collectionPath(kind, query.namespace), query: selection(query), signal: query.signal };
}

function selection(query: ListQuery): Query {
  return { labelSelector: query.labelSelector, fieldSelector: query.fieldSelector };
}

function applyCall(object: Nameable, options: ApplyOptions): Call {
  return {
    method: 'PATCH',
    path: objectPath({ kind: object.kind, namespace: object.metadata.namespace, name: object.metadata.name }),
    query: {
      fieldManager: FIELD_MANAGER,
      force: options.force === true ? true : undefined,
      dryRun: options.dryRun === true ? 'All' : undefined,
    },
    body: object,
    contentType: APPLY_PATCH,
  };
}

function logCall(ref: ObjectRef, query: LogQuery): Call {
  const { signal, ...rest } = query;
  return { method: 'GET', path: `${objectPath(ref)}/log`, query: { ...rest }, signal };
}
