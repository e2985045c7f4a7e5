import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDirectoryController } from '../../controllers/directory.ts';
import { Manager } from '../../controllers/manager.ts';
import { systemClock } from '../../lib/io/clock.ts';
import { createDirectory } from '../../lib/io/files/directory.ts';
import { systemIds } from '../../lib/io/ids.ts';
import { openLmdbStore } from '../../lib/io/store/lmdb.ts';
import { BASELINE } from '../../lib/manifest/policy.ts';
import { noEvents } from '../../lib/ports/events.ts';
import { silentLog } from '../../lib/ports/log.ts';
import type { Metrics } from '../../lib/ports/metrics.ts';
import type { Store } from '../../lib/ports/store.ts';
import { FakeHosts } from '../fakes/hosts.ts';

/** The real controllers, store and directory over simulated hosts, in a process of their own: prints what they took, as JSON. */

const SERVICES = 500;
const REPLICAS = 3;
const IMAGE = 'registry.test/hello:1';
const MIB = 1024 * 1024;

const manifest = (index: number, replicas = REPLICAS): string =>
  `apiVersion: dswarm/v1\nkind: Service\nmetadata: { name: s${index} }\nspec:\n  image: ${IMAGE}\n  replicas: ${replicas}\n  env: { INDEX: "${index}" }\n`;

const folder = await mkdtemp(path.join(tmpdir(), 'dswarm-many-'));
const root = path.join(folder, 'manifests');
const counts = new Map<string, number>();
const metrics: Metrics = {
  count: (name, labels = {}, by = 1) =>
    void counts.set(`${name} ${labels['controller'] ?? ''}`, (counts.get(`${name} ${labels['controller'] ?? ''}`) ?? 0) + by),
  set: () => undefined,
  observe: () => undefined,
};
const passes = (): number => counts.get('controller_runtime_reconcile_total service') ?? 0;
const rss = (): number => Math.round(process.memoryUsage().rss / MIB);

async function until(check: () => boolean): Promise<void> {
  const deadline = performance.now() + 90_000;
  while (!check()) {
    if (performance.now() > deadline) throw new Error('not in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

await mkdir(root);
const hosts = new FakeHosts(systemClock);
for (const name of ['h1', 'h2', 'h3']) {
  hosts.add(name, { images: [IMAGE] });
  await writeFile(path.join(root, `${name}.yaml`), `apiVersion: dswarm/v1\nkind: Node\nmetadata: { name: ${name} }\nspec: {}\n`);
}
for (let index = 0; index < SERVICES; index += 1) await writeFile(path.join(root, `s${index}.yaml`), manifest(index));

const real = openLmdbStore(path.join(folder, 'state'));
/** Services that somebody looked up by name: a pass begins with that. */
const planned = new Set<string>();
const store: Store = {
  ...real,
  snapshot: () => {
    const view = real.snapshot();
    return {
      revision: view.revision,
      list: (kind, options) => view.list(kind, options),
      get: (ref) => {
        if (ref.kind === 'Service') planned.add(ref.name);
        return view.get(ref);
      },
    };
  },
};
const parts = { store, clock: systemClock, ids: systemIds, log: silentLog, metrics, events: noEvents };
const directory = createDirectoryController({
  ...parts,
  policy: BASELINE,
  files: createDirectory({ root, clock: systemClock, log: silentLog }),
});
const manager = new Manager({ ...parts, hosts, clusterName: 'default', resyncMs: 3_600_000, startsPerHost: 4 });
const readyServices = (): number =>
  store
    .snapshot()
    .list('Service')
    .filter((service) => service.status?.state === 'Ready').length;

const began = performance.now();
await directory.start();
manager.start();
await until(() => readyServices() === SERVICES);
const convergedMs = Math.round(performance.now() - began);
const first = rss();
await new Promise((resolve) => setTimeout(resolve, 2_000));
const before = passes();
planned.clear();
await writeFile(path.join(root, 's7.yaml'), manifest(7, REPLICAS + 1));
await until(() => real.snapshot().get({ kind: 'Service', namespace: 'default', name: 's7' })?.status?.summary === '4/4');
await new Promise((resolve) => setTimeout(resolve, 1_000));
const replanned = passes() - before;
const containers = [...hosts.engines.values()].reduce((sum, engine) => sum + engine.containers.size, 0);
process.stdout.write(
  `${JSON.stringify({ convergedMs, firstMiB: first, steadyMiB: rss(), passesForOneFile: replanned, plannedForOneFile: [...planned], passesInAll: passes(), containers })}\n`,
);
await directory.stop();
await manager.stop();
await store.close();
await rm(folder, { recursive: true, force: true });
