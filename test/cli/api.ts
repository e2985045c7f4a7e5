import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createApi } from '../../lib/api/app.ts';
import type { ApiDeps } from '../../lib/api/deps.ts';
import { listenApi } from '../../lib/api/listen.ts';
import { createMemoryStore } from '../../lib/io/store/memory.ts';
import { PRIVILEGED } from '../../lib/manifest/policy.ts';
import { silentLog } from '../../lib/ports/log.ts';
import { noMetrics } from '../../lib/ports/metrics.ts';
import type { Store } from '../../lib/ports/store.ts';
import type { AnyStored, StoredMeta, StoredTask } from '../../lib/types/objects.ts';
import { FakeClock } from '../fakes/clock.ts';
import { FakeIds } from '../fakes/ids.ts';
import { NOW, runCli, type Ran, type Setting } from './support.ts';

export interface TestApi {
  store: Store;
  socket: string;
  /** A command line against this API. */
  dswarm(words: string | readonly string[], setting?: Setting): Promise<Ran>;
  close(): Promise<void>;
}

/** The real API over a store in memory, on a socket of its own. */
export async function startApi(given: Partial<ApiDeps> = {}): Promise<TestApi> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'dswarm-cli-'));
  const socket = path.join(folder, 'api.sock');
  const store = createMemoryStore();
  const metrics = { ...noMetrics, render: () => Promise.resolve(''), contentType: 'text/plain' };
  const deps: ApiDeps = {
    store,
    clock: new FakeClock(NOW),
    ids: new FakeIds(),
    log: silentLog,
    metrics,
    policy: PRIVILEGED,
    version: '9.9.9',
    ...given,
  };
  const listening = await listenApi(createApi(deps), { socket });
  return {
    store,
    socket,
    dswarm: (words, setting = {}) =>
      runCli(typeof words === 'string' ? words.split(' ') : words, { ...setting, env: { DSWARM_SOCKET: socket, ...setting.env } }),
    close: async () => {
      await listening.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Bookkeeping of an object a minute old. */
export function meta(name: string, namespace?: string, more: Partial<StoredMeta> = {}): StoredMeta {
  const creationTimestamp = new Date(NOW - 60_000).toISOString();
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid: `uid-${name}`,
    generation: 1,
    resourceVersion: '',
    creationTimestamp,
    ...more,
  };
}

export function task(name: string, more: { service?: string; node?: string; status?: StoredTask['status'] } = {}): StoredTask {
  const { service = 'web', node = 'h1', status = { state: 'Running', containerId: `c-${name}` } } = more;
  const spec = {
    service,
    serviceUid: `uid-${service}`,
    slot: '1',
    node,
    containerName: `default_${name}`,
    specHash: 'v1:x',
    image: 'nginx:1.27',
  };
  return { apiVersion: 'dswarm/v1', kind: 'Task', metadata: meta(name, 'default'), spec, status };
}

export async function put(store: Store, ...objects: AnyStored[]): Promise<void> {
  await store.commit(objects.map((object) => ({ put: object })));
}

export const WEB = `apiVersion: dswarm/v1
kind: Service
metadata: { name: web, labels: { app: web } }
spec: { image: 'nginx:1.27', replicas: 3 }
`;
