import { createApi, type Api } from '../../lib/api/app.ts';
import type { ApiDeps } from '../../lib/api/deps.ts';
import { createMemoryStore } from '../../lib/io/store/memory.ts';
import { BASELINE } from '../../lib/manifest/policy.ts';
import { silentLog } from '../../lib/ports/log.ts';
import { createMetrics } from '../../lib/telemetry/metrics.ts';
import type { AnyStored, JsonObject } from '../../lib/types/objects.ts';
import { FakeClock } from '../fakes/clock.ts';
import { FakeIds } from '../fakes/ids.ts';

export interface Reply {
  code: number;
  headers: Record<string, unknown>;
  body: JsonObject;
  text: string;
}

export interface TestApi extends Api {
  clock: FakeClock;
  call(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    options?: { body?: unknown; headers?: Record<string, string> },
  ): Promise<Reply>;
  put(...objects: AnyStored[]): Promise<void>;
}

/** The API over a memory store and a fake clock, called without a network. */
export function makeApi(overrides: Partial<ApiDeps> = {}): TestApi {
  const clock = new FakeClock();
  const store = createMemoryStore({ history: 64 });
  const deps: ApiDeps = {
    store,
    clock,
    ids: new FakeIds(),
    log: silentLog,
    metrics: createMetrics(),
    policy: BASELINE,
    version: '0.1.0',
    ...overrides,
  };
  const api = createApi(deps);
  return {
    ...api,
    clock,
    put: async (...objects) => {
      await deps.store.commit(objects.map((put) => ({ put })));
    },
    call: async (method, url, { body, headers = {} } = {}) => {
      const payload = typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body);
      const type = payload === undefined ? {} : { 'content-type': 'application/json' };
      const answer = await api.app.inject({ method, url, headers: { ...type, ...headers }, ...(payload === undefined ? {} : { payload }) });
      const isJson = answer.headers['content-type']?.toString().includes('json') === true;
      return { code: answer.statusCode, headers: answer.headers, body: isJson ? answer.json<JsonObject>() : {}, text: answer.body };
    },
  };
}

export const SERVICES = '/apis/dswarm/v1/namespaces/default/services';
export const NODES = '/apis/dswarm/v1/nodes';

export function manifest(name: string, spec: JsonObject = {}, metadata: JsonObject = {}): JsonObject {
  return { apiVersion: 'dswarm/v1', kind: 'Service', metadata: { name, ...metadata }, spec: { image: 'app:1', ...spec } };
}
