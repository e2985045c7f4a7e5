import { Manager } from '../../controllers/manager.ts';
import { createMemoryStore } from '../../lib/io/store/memory.ts';
import { renderContainer } from '../../lib/plan/container.ts';
import { containerName } from '../../lib/plan/names.ts';
import { specHash } from '../../lib/plan/spec-hash.ts';
import { noEvents } from '../../lib/ports/events.ts';
import { silentLog } from '../../lib/ports/log.ts';
import { noMetrics } from '../../lib/ports/metrics.ts';
import type { StoredService } from '../../lib/types/objects.ts';
import { node, service } from '../controllers/harness.ts';
import { FakeClock } from '../fakes/clock.ts';
import { FakeHosts } from '../fakes/hosts.ts';
import { FakeIds } from '../fakes/ids.ts';

/** A controller that starts over 100 hosts on which 30,000 of its containers run, in a process whose heap is capped: prints what it came to, as JSON. */

const HOSTS = 100;
const SERVICES = 300;
const IMAGE = 'registry.test/hello:1';

const clock = new FakeClock();
const hosts = new FakeHosts(clock);
const store = createMemoryStore();

async function run(web: StoredService, host: string): Promise<void> {
  const hash = specHash(web.spec);
  const { name, uid } = web.metadata;
  const spec = {
    service: name,
    serviceUid: uid,
    slot: host,
    node: host,
    containerName: containerName(web, host, hash),
    specHash: hash,
    image: IMAGE,
  };
  const config = renderContainer(web.spec, { cluster: 'default', namespace: 'default', task: `${name}.${host}.aaaaaa`, spec });
  const engine = hosts.engine(host);
  const { id } = await engine.createContainer(spec.containerName, config);
  await engine.startContainer(id);
}

const names = Array.from({ length: HOSTS }, (_, index) => `h${index}`);
for (const name of names) hosts.add(name, { images: [IMAGE] });
await store.commit(names.map((name) => ({ put: node(name) })));
for (let index = 0; index < SERVICES; index += 1) {
  const web = service(`s${index}`, { mode: 'global' });
  await store.commit([{ put: web }]);
  for (const name of names) await run(web, name);
}
/** What the fakes note of each call is theirs, not the product's. */
function forgetCalls(): void {
  for (const engine of hosts.engines.values()) engine.calls.length = 0;
}
forgetCalls();
const options = { store, hosts, clock, ids: new FakeIds(1), log: silentLog, metrics: noMetrics, events: noEvents };
new Manager({ ...options, clusterName: 'default', resyncMs: 60_000, startsPerHost: 4 }).start();
await clock.advance(10_000);
const count = (of: (engine: ReturnType<FakeHosts['engine']>) => number): number =>
  [...hosts.engines.values()].reduce((sum, engine) => sum + of(engine), 0);
await clock.advance(61_000);
const ready = store
  .snapshot()
  .list('Service')
  .filter(({ status }) => status?.state === 'Ready').length;
const report = {
  containers: count((engine) => engine.containers.size),
  tasks: store.snapshot().list('Task').length,
  ready,
  changed: count((engine) => engine.mutatingCalls.length),
};
console.log(JSON.stringify(report));
