import { expect } from 'chai';
import { DswarmError } from '../../lib/errors/error.ts';
import { Operations, type ChainEnd } from '../../lib/apply/operations.ts';
import { identityLabels } from '../../lib/plan/names.ts';
import type { Chain, Step } from '../../lib/plan/step.ts';
import type { Docker } from '../../lib/ports/docker.ts';
import { silentLog } from '../../lib/ports/log.ts';
import { noMetrics } from '../../lib/ports/metrics.ts';
import type { Serving } from '../../lib/ports/serving.ts';
import { FakeClock } from '../fakes/clock.ts';
import { FakeEngine } from '../fakes/docker.ts';
import { FakeIds } from '../fakes/ids.ts';
import { intercept } from '../fakes/intercept.ts';

const IMAGE = 'registry.test/hello:1';
const spec = { service: 'web', serviceUid: 'u', slot: '1', node: 'h1', containerName: 'default_web.1.0', specHash: 'v1:0', image: IMAGE };
const labels = identityLabels({ cluster: 'default', namespace: 'default', task: 'web.1.a', spec });
const config = { Image: IMAGE, Labels: labels, HostConfig: { RestartPolicy: { Name: 'no' as const } } };

interface Setting {
  latency?: { start?: number };
  wrap?: (engine: FakeEngine) => Docker;
  serving?: Serving;
}

function setUp({ latency = {}, wrap, serving }: Setting = {}): {
  clock: FakeClock;
  engine: FakeEngine;
  operations: Operations;
  ends: ChainEnd[];
  reads: string[];
} {
  const clock = new FakeClock();
  const engine = new FakeEngine({ clock, latency, images: [IMAGE], pullable: { 'registry.test/slow:1': 60_000 } });
  const docker = wrap?.(engine) ?? engine;
  const ends: ChainEnd[] = [];
  const reads: string[] = [];
  const engines = {
    docker: () => docker,
    refresh: (node: string, ids: readonly string[]) => Promise.resolve(void reads.push(`refresh ${node} ${ids.length}`)),
    relist: (node: string) => Promise.resolve(void reads.push(`relist ${node}`)),
  };
  const operations = new Operations({
    cluster: 'default',
    engines,
    clock,
    ids: new FakeIds(),
    log: silentLog,
    metrics: noMetrics,
    startsPerHost: 2,
    ...(serving === undefined ? {} : { serving }),
    ended: (end) => ends.push(end),
  });
  return { clock, engine, operations, ends, reads };
}

const create: Extract<Step, { op: 'create' }> = { op: 'create', node: 'h1', task: { name: 'web.1.a', namespace: 'default', spec }, config };
const start: Step = { op: 'start', node: 'h1', task: 'web.1.a', name: 'default_web.1.0' };
const chain = (...steps: Step[]): Chain => ({ slot: '1', reason: 'test', specHash: 'v1:0', steps });

describe('running steps', () => {
  it('keeps the slot busy until the node was read again (fault 90)', async () => {
    const { clock, operations, ends, reads } = setUp();
    operations.launch('Service/default/web', chain(create, start));
    expect([...operations.busy('Service/default/web').keys()]).to.deep.equal(['1']);
    await clock.flush();
    expect(ends).to.have.length(1);
    expect(reads).to.deep.equal(['refresh h1 1']);
    expect(operations.busy('Service/default/web').size).to.equal(0);
  });

  it('reads a container by its id before it removes it, and refuses one that is not the task (invariant 7)', async () => {
    const { clock, engine, operations, ends } = setUp();
    const foreign = await engine.createContainer('theirs', { ...config, Labels: {} });
    const other = await engine.createContainer('other', { ...config, Labels: { ...labels, 'dswarm/task': 'web.1.b' } });
    for (const { id } of [foreign, other]) {
      operations.launch(
        'Service/default/web',
        chain(
          { op: 'stop', node: 'h1', task: 'web.1.a', name: 'x', id, graceSeconds: 1 },
          { op: 'remove', node: 'h1', task: 'web.1.a', name: 'x', id },
        ),
      );
      await clock.flush();
    }
    expect(ends.map((end) => end.error?.message)).to.deep.equal([
      `container theirs (${foreign.id.slice(0, 12)}) is not task web.1.a; it is left alone`,
      `container other (${other.id.slice(0, 12)}) is not task web.1.a; it is left alone`,
    ]);
    expect(engine.containers.size).to.equal(2);
  });

  it('takes the container of an earlier create whose answer was lost (invariant 8)', async () => {
    const { clock, engine, operations, ends } = setUp();
    const { id } = await engine.createContainer(spec.containerName, config);
    operations.launch('Service/default/web', chain(create, start));
    await clock.flush();
    expect(ends[0]?.error).to.equal(undefined);
    expect(engine.containers.get(id)?.state).to.equal('running');
    expect(engine.containers.size).to.equal(1);
  });

  it('holds a slot back after a failure, longer each time, for this spec only, and reads the whole node', async () => {
    const { clock, engine, operations, reads } = setUp();
    const missing = chain({ op: 'pull', node: 'h1', image: 'registry.test/none:1', policy: 'IfNotPresent' });
    const waits: number[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1) {
      operations.launch('Service/default/web', missing);
      await clock.flush();
      const wait = operations.nextRetry('Service/default/web', 'v1:0') ?? 0;
      expect([...operations.held('Service/default/web', 'v1:0').keys()]).to.deep.equal(['1']);
      expect(operations.held('Service/default/web', 'v1:other').size).to.equal(0);
      waits.push(wait);
      await clock.advance(wait);
      expect(operations.held('Service/default/web', 'v1:0').size).to.equal(0);
    }
    expect(waits).to.deep.equal([...waits].sort((a, b) => a - b));
    expect(reads).to.include('relist h1');
    expect(engine.containers.size).to.equal(0);
  });

  it('pulls an image once for all tasks of a host that wait for it, and not at all once nobody does', async () => {
    const { clock, engine, operations, ends } = setUp();
    const pull: Step = { op: 'pull', node: 'h1', image: 'registry.test/slow:1', policy: 'IfNotPresent' };
    operations.launch('Service/default/web', { slot: '1', reason: 'test', specHash: 'v1:0', steps: [pull] });
    operations.launch('Service/default/web', { slot: '2', reason: 'test', specHash: 'v1:0', steps: [pull] });
    await clock.advance(1_000);
    expect(engine.calls.filter((call) => call.op === 'pullImage')).to.have.length(1);
    operations.cancel('Service/default/web', '1');
    operations.cancel('Service/default/web', '2');
    await clock.advance(120_000);
    expect(ends).to.have.length(2);
    expect(ends.every((end) => end.error === undefined)).to.equal(true);
    expect(engine.images.has('registry.test/slow:1')).to.equal(false);
  });

  it('stops at the next step when it is cancelled, and loses nothing that a call under way makes (fault 88)', async () => {
    const { clock, engine, operations } = setUp();
    operations.launch('Service/default/web', chain(create, start));
    operations.cancel('Service/default/web', '1');
    await clock.flush();
    expect([...engine.containers.values()].map((container) => container.state)).to.deep.equal(['created']);
  });

  it('lets none that still waits for its turn to start begin once it drains, and calls that a failure of none (fault 93)', async () => {
    const { clock, engine, operations, ends } = setUp({ latency: { start: 1_000 } });
    for (const slot of ['1', '2', '3', '4', '5']) {
      const task = { ...create.task, name: `web.${slot}.a`, spec: { ...spec, slot, containerName: `default_web.${slot}.0` } };
      operations.launch('Service/default/web', { ...chain({ ...create, task }, start), slot });
    }
    await clock.advance(10);
    let isDrained = false;
    const drained = operations.drain(10_000).then(() => (isDrained = true));
    await clock.advance(990);
    expect(isDrained).to.equal(true);
    await drained;
    expect([...engine.containers.values()].map(({ state }) => state)).to.deep.equal([
      'running',
      'running',
      'created',
      'created',
      'created',
    ]);
    expect(ends.map(({ error }) => error)).to.deep.equal(Array(5).fill(undefined));
    expect(operations.problems('Service/default/web', 'v1:0').size).to.equal(0);
  });

  describe('that stop a task with a long grace period, and fail', () => {
    const error = new DswarmError('DSW_HOST_UNREACHABLE', 'the link closed');
    const restored: string[] = [];
    const serving: Serving = { withdraw: () => Promise.resolve(), restore: (task) => void restored.push(task) };
    beforeEach(() => (restored.length = 0));

    /** A task that runs is withdrawn and stopped. */
    async function stopOne({ clock, engine, operations }: ReturnType<typeof setUp>): Promise<void> {
      const { id } = await engine.createContainer(spec.containerName, config);
      await engine.startContainer(id);
      const of = { node: 'h1', task: 'web.1.a', name: 'x', id };
      operations.launch(
        'Service/default/web',
        chain({ op: 'withdraw', namespace: 'default', ...of }, { op: 'stop', graceSeconds: 600, ...of }),
      );
      await clock.flush();
    }

    it('let it serve again when its grace period is over', async () => {
      const set = setUp({ serving, wrap: (engine) => intercept(engine, { stopContainer: { fail: 'before', error } }) });
      await stopOne(set);
      await set.clock.advance(599_000);
      expect(restored).to.deep.equal([]);
      await set.clock.advance(1_000);
      expect(restored).to.deep.equal(['default/web.1.a']);
    });

    it('keep no timer once all is drained: the process can end', async () => {
      const set = setUp({ serving, wrap: (engine) => intercept(engine, { stopContainer: { fail: 'before', error } }) });
      await stopOne(set);
      const drained = set.operations.drain(10_000);
      await set.clock.flush();
      await drained;
      expect(set.clock.pending).to.equal(0);
    });

    it('keep none either where they fail after that, because the links close', async () => {
      let close = (): void => undefined;
      const until = new Promise<void>((resolve) => (close = resolve));
      const set = setUp({ serving, wrap: (engine) => intercept(engine, { stopContainer: { fail: 'hang', until, error } }) });
      await stopOne(set);
      const drained = set.operations.drain(10_000);
      await set.clock.advance(10_000);
      await drained;
      close();
      await set.clock.flush();
      expect(set.ends).to.have.length(1);
      expect(set.clock.pending).to.equal(0);
    });
  });
});
