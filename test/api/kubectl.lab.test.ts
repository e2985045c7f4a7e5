import { once } from 'node:events';
import { expect } from 'chai';
import { createApi } from '../../lib/api/app.ts';
import { createEventRecorder } from '../../lib/api/event-recorder.ts';
import { listenApi, type Listening } from '../../lib/api/listen.ts';
import { systemClock } from '../../lib/io/clock.ts';
import { systemIds } from '../../lib/io/ids.ts';
import { createMemoryStore } from '../../lib/io/store/memory.ts';
import { BASELINE } from '../../lib/manifest/policy.ts';
import { silentLog } from '../../lib/ports/log.ts';
import type { Store } from '../../lib/ports/store.ts';
import { createMetrics } from '../../lib/telemetry/metrics.ts';
import type { StoredService } from '../../lib/types/objects.ts';
import { Kubectl, kubectlMinor } from './kubectl.ts';

const TOKEN = 'a-token-for-tests-only';
const WEB = `apiVersion: dswarm/v1
kind: Service
metadata: { name: web, labels: { app: web } }
spec:
  image: nginx:1.27
  replicas: 2
  env: { A: "1", B: "2" }
`;

const MINOR = kubectlMinor();

describe(`A stock kubectl (1.${MINOR})`, function () {
  this.timeout(60_000);
  let store: Store;
  let listening: Listening;
  let kubectl: Kubectl;

  before(async () => {
    store = createMemoryStore();
    const api = createApi({
      store,
      clock: systemClock,
      ids: systemIds,
      log: silentLog,
      metrics: createMetrics(),
      policy: BASELINE,
      version: '0.1.0',
    });
    listening = await listenApi(api, { tcp: { host: '127.0.0.1', port: 0, token: TOKEN } });
    kubectl = new Kubectl({ server: listening.url ?? '', token: TOKEN });
  });
  after(async () => {
    await listening.close();
    await store.close();
    kubectl.dispose();
  });
  beforeEach(async () => {
    for (const kind of ['Service', 'Node', 'Event'] as const) {
      await store.commit(
        store
          .snapshot()
          .list(kind)
          .map(({ metadata }) => ({ delete: { kind, namespace: metadata.namespace, name: metadata.name } })),
      );
    }
  });

  const service = (name = 'web'): StoredService | undefined => store.snapshot().get({ kind: 'Service', namespace: 'default', name });
  const applyWeb = (text = WEB): Promise<string> => kubectl.ok('apply', '-f', kubectl.file('web.yaml', text));
  /** As the controller would. */
  const setStatus = async (status: StoredService['status']): Promise<void> => {
    await store.commit([{ put: { ...(service() as StoredService), status } as StoredService }]);
  };

  it('applies: created, unchanged, configured; what is left out goes', async () => {
    expect(await applyWeb()).to.equal('service.dswarm/web created\n');
    expect(await applyWeb()).to.equal('service.dswarm/web unchanged\n');
    expect(await applyWeb(WEB.replace('B: "2"', 'C: "3"'))).to.equal('service.dswarm/web configured\n');
    expect(service()?.spec.env).to.deep.equal({ A: '1', C: '3' });
    expect(service()?.metadata.generation).to.equal(2);
  });

  it('applies on the server, and is told of conflicts', async () => {
    const file = kubectl.file('ssa.yaml', WEB);
    expect(await kubectl.ok('apply', '--server-side', '-f', file)).to.equal('service.dswarm/web serverside-applied\n');
    const other = kubectl.file('ssa2.yaml', WEB.replace('replicas: 2', 'replicas: 5'));
    const refused = await kubectl.run(['apply', '--server-side', '--field-manager=other', '-f', other]);
    expect(refused.code).to.equal(1);
    expect(refused.err).to.contain('conflict with "kubectl": .spec.replicas');
    await kubectl.ok('apply', '--server-side', '--field-manager=other', '--force-conflicts', '-f', other);
    expect(service()?.spec.replicas).to.equal(5);
  });

  if (MINOR >= 26) {
    it('moves from client-side to server-side apply', async () => {
      await applyWeb();
      await kubectl.ok('apply', '--server-side', '-f', kubectl.file('ssa.yaml', WEB.replace('B: "2"', 'C: "3"')));
      expect(service()?.spec.env).to.deep.equal({ A: '1', C: '3' });
    });
  }

  it('gets tables, wide tables, names, YAML and JSON', async () => {
    await applyWeb();
    expect(await kubectl.ok('get', 'services')).to.match(
      /^NAME +MODE +READY +UP-TO-DATE +STATUS +AGE\nweb +replicated +0\/0 +0 +Pending +\d+s\n$/,
    );
    expect(await kubectl.ok('get', 'svc', 'web', '-o', 'wide')).to.match(/AGE +IMAGE +PORTS +SOURCE +MESSAGE\nweb .* nginx:1\.27/);
    expect(await kubectl.ok('get', 'svc', '-o', 'name')).to.equal('service.dswarm/web\n');
    expect(await kubectl.ok('get', 'svc', 'web', '-o', 'yaml')).to.match(/^apiVersion: dswarm\/v1\nkind: Service\n/);
    expect(JSON.parse(await kubectl.ok('get', 'svc', '-A', '-l', 'app in (web)', '-o', 'json')))
      .to.have.property('items')
      .with.length(1);
    expect(await kubectl.ok('get', 'svc', '-l', 'app!=web', '-o', 'name')).to.equal('');
    expect(await kubectl.ok('get', 'all', '-o', 'name')).to.equal('service.dswarm/web\n');
    expect(await kubectl.ok('get', 'ns')).to.match(/default +Active/);
    expect((await kubectl.run(['get', 'svc', 'none'])).err).to.equal('Error from server (NotFound): services.dswarm "none" not found\n');
  });

  it('watches', async () => {
    await applyWeb();
    const child = kubectl.start(['get', 'svc', '-w', '-o', 'name']);
    let seen = '';
    child.stdout?.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    const until = async (text: string): Promise<void> => {
      while (!seen.includes(text)) await once(child.stdout as NodeJS.ReadableStream, 'data');
    };
    await until('service.dswarm/web\n');
    await kubectl.ok('create', '-f', kubectl.file('api.yaml', WEB.replaceAll('web', 'api')));
    await until('service.dswarm/api\n');
    child.kill();
    await once(child, 'close');
  });

  it('describes, with the events', async () => {
    await applyWeb();
    const events = createEventRecorder({ store, clock: systemClock, ids: systemIds, log: silentLog });
    for (let count = 0; count < 3; count += 1)
      events.emit({ kind: 'Service', namespace: 'default', name: 'web' }, 'Warning', 'CannotPlace', 'no suitable node');
    await events.close();
    const text = await kubectl.ok('describe', 'svc', 'web');
    expect(text)
      .to.match(/Name: +web/)
      .and.to.match(/Image: +nginx:1\.27/);
    expect(text).to.match(/Warning +CannotPlace +\d+s \(x3 over \d+s\) +dswarm +no suitable node/);
    expect(await kubectl.ok('get', 'events')).to.match(/Warning +CannotPlace +service\/web +no suitable node/);
  });

  it('diffs', async () => {
    await applyWeb();
    expect((await kubectl.run(['diff', '-f', kubectl.file('same.yaml', WEB)])).code).to.equal(0);
    const changed = await kubectl.run(['diff', '-f', kubectl.file('changed.yaml', WEB.replace('1.27', '1.28'))]);
    expect(changed.code).to.equal(1);
    expect(changed.out).to.contain('-  image: nginx:1.27').and.to.contain('+  image: nginx:1.28');
    expect(service()?.spec.image).to.equal('nginx:1.27');
  });

  it('edits', async () => {
    await applyWeb();
    const editor = kubectl.file('editor.sh', '#!/bin/sh\nsed -i "s/nginx:1.27/nginx:1.28/" "$1"\n');
    const { code, out, err } = await kubectl.run(['edit', 'svc', 'web'], { env: { EDITOR: editor } });
    expect(code, err).to.equal(0);
    expect(out).to.equal('service.dswarm/web edited\n');
    expect(service()?.spec.image).to.equal('nginx:1.28');
  });

  it('scales', async () => {
    await applyWeb();
    expect(await kubectl.ok('scale', 'svc/web', '--replicas=4')).to.equal('service.dswarm/web scaled\n');
    expect(service()?.spec.replicas).to.equal(4);
    expect((await kubectl.run(['scale', 'svc/web', '--current-replicas=9', '--replicas=1'])).err).to.contain(
      'Expected replicas to be 9, was 4',
    );
  });

  it('labels, annotates and patches', async () => {
    await applyWeb();
    await kubectl.ok('label', 'svc', 'web', 'tier=front');
    await kubectl.ok('annotate', 'svc', 'web', 'example.com/note=hello');
    expect(service()?.metadata.labels).to.deep.equal({ app: 'web', tier: 'front' });
    expect(service()?.metadata.annotations).to.include({ 'example.com/note': 'hello' });
    expect(service()?.metadata.generation).to.equal(1);
    await kubectl.ok('patch', 'svc', 'web', '--type=merge', '-p', '{"spec":{"replicas":3,"env":{"A":null}}}');
    expect(service()?.spec).to.deep.include({ replicas: 3, env: { B: '2' } });
    await kubectl.ok('patch', 'svc', 'web', '--type=json', '-p', '[{"op":"replace","path":"/spec/image","value":"nginx:1.29"}]');
    expect(service()?.spec.image).to.equal('nginx:1.29');
    expect((await kubectl.run(['patch', 'svc', 'web', '-p', '{}'])).err).to.contain('strategic-merge-patch');
  });

  it('waits for conditions, and for fields if it can', async () => {
    await applyWeb();
    const conditions = ['condition=Ready', ...(MINOR >= 23 ? ['jsonpath={.status.ready}=2'] : [])];
    const waiting = conditions.map((condition) => kubectl.run(['wait', 'svc/web', `--for=${condition}`, '--timeout=20s']));
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'AllRunning',
      message: '2 of 2',
      lastTransitionTime: new Date().toISOString(),
      observedGeneration: 1,
    } as const;
    await setStatus({ ready: 2, observedGeneration: 1, conditions: [ready] });
    for (const { out, err } of await Promise.all(waiting)) expect(out, err).to.equal('service.dswarm/web condition met\n');
  });

  it('explains with the texts of the schema', async () => {
    const text = await kubectl.ok('explain', 'service.spec.update');
    expect(text)
      .to.match(/KIND: +Service\n/)
      .and.to.contain('parallelism')
      .and.to.contain('maxFailureRatio');
    expect(await kubectl.ok('explain', 'service.spec.image')).to.contain('The container image, such as nginx:1.27');
    expect(await kubectl.ok('explain', 'node'))
      .to.contain('One Docker host.')
      .and.to.contain('metadata');
  });

  it('lists the kinds', async () => {
    const text = await kubectl.ok('api-resources');
    expect(text)
      .to.match(/services +svc +dswarm\/v1 +true +Service/)
      .and.to.match(/nodes +no +dswarm\/v1 +false +Node/);
  });

  it('deletes, and waits until it is gone', async () => {
    await applyWeb();
    expect(await kubectl.ok('delete', 'svc', 'web')).to.match(/service\.dswarm "web" deleted/);
    expect(service()).to.equal(undefined);
    await applyWeb();
    await kubectl.ok('delete', '-f', kubectl.file('web.yaml', WEB));
    await applyWeb();
    await kubectl.ok('delete', 'svc', '--all');
    expect(store.snapshot().list('Service')).to.deep.equal([]);
  });

  it('is refused an invalid manifest with the path of the field', async () => {
    const wrong = await kubectl.run(['apply', '-f', kubectl.file('wrong.yaml', WEB.replace('replicas: 2', 'replicas: -2'))]);
    expect(wrong.code).to.equal(1);
    expect(wrong.err).to.contain('spec.replicas');
    const unknown = await kubectl.run(['apply', '-f', kubectl.file('unknown.yaml', WEB.replace('replicas', 'replcas'))]);
    expect(unknown.err).to.contain('"replcas"');
    // Older ones look for unknown fields themselves.
    if (MINOR >= 27) expect(unknown.err).to.contain('did you mean "replicas"');
    expect(store.snapshot().list('Service')).to.deep.equal([]);
  });

  it('may read tasks but not write them', async () => {
    expect((await kubectl.run(['delete', 'task', 'web.1.abc'])).err).to.contain('tasks are made by the controller');
    expect((await kubectl.run(['create', 'ns', 'shop'])).err).to.contain('Nothing need be made');
  });

  it('handles nodes and several namespaces', async () => {
    await kubectl.ok(
      'apply',
      '-f',
      kubectl.file('node.yaml', 'apiVersion: dswarm/v1\nkind: Node\nmetadata: { name: h1 }\nspec: { ssh: { host: 192.0.2.11 } }\n'),
    );
    expect(await kubectl.ok('get', 'no')).to.match(/h1 +Unknown +active +worker/);
    await kubectl.ok('patch', 'node', 'h1', '--type=merge', '-p', '{"spec":{"availability":"pause"}}');
    expect(await kubectl.ok('describe', 'node', 'h1')).to.match(/Availability: +pause/);
    await kubectl.ok('apply', '-n', 'shop', '-f', kubectl.file('web.yaml', WEB));
    expect(await kubectl.ok('get', 'svc', '-A', '--no-headers')).to.match(/^shop +web /);
    expect(await kubectl.ok('get', 'ns', '-o', 'name')).to.equal('namespace/default\nnamespace/shop\n');
    await kubectl.ok('delete', 'node', 'h1');
  });

  it('without the token is refused', async () => {
    const stranger = new Kubectl({ server: listening.url ?? '', token: 'not-the-token-at-all' });
    const { code, err } = await stranger.run(['get', 'svc']);
    stranger.dispose();
    expect(code).to.equal(1);
    expect(err).to.contain('You must be logged in to the server');
  });
});
