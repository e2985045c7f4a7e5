import { expect } from 'chai';
import { BehaviorSubject } from 'rxjs';
import { silentLog } from '../../lib/ports/log.ts';
import { noMetrics } from '../../lib/ports/metrics.ts';
import { NodeObserver } from '../../lib/runtime/observer.ts';
import { FakeClock } from '../fakes/clock.ts';
import { FakeEngine } from '../fakes/docker.ts';
import { FakeIds } from '../fakes/ids.ts';
import { withMethods } from '../fakes/intercept.ts';

function gate(): { promise: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const promise = new Promise<void>((resolve) => (open = resolve));
  return { promise, open };
}

describe('a container that is doubted', () => {
  it('stays so until it was read, though it is told meanwhile how often another was restarted', async () => {
    const clock = new FakeClock();
    const engine = new FakeEngine({ clock, images: ['hello:1'] });
    const made = async (name: string): Promise<string> => {
      const Labels = { 'dswarm/managed': 'true' };
      const { id } = await engine.createContainer(name, { Image: 'hello:1', Labels, HostConfig: { RestartPolicy: { Name: 'always' } } });
      await engine.startContainer(id);
      return id;
    };
    const [one, other] = [await made('one'), await made('other')];
    const container = engine.containers.get(other) ?? expect.fail('it is there');
    container.restartCount = 2;
    const gates = { list: gate(), count: gate() };
    let isHeld = false;
    const docker = withMethods(engine, {
      listContainers: async (filter) => {
        if (isHeld) await gates.list.promise;
        return engine.listContainers(filter);
      },
      inspectContainer: async (id) => {
        if (id === other) await gates.count.promise;
        return engine.inspectContainer(id);
      },
    });
    const link = { state$: new BehaviorSubject({ phase: 'ready' as const }), docker, silentMs: () => 0, retry: () => undefined, close: () => Promise.resolve() }; // prettier-ignore
    const observer = new NodeObserver({
      node: 'h1',
      link,
      clock,
      ids: new FakeIds(),
      log: silentLog,
      metrics: noMetrics,
      relistMs: 30_000,
    });
    observer.start();
    await clock.until(() => observer.observation().containers.get(other)?.state === 'running');
    isHeld = true;
    engine.meddle(one, 'die');
    await clock.advance(10);
    expect([...observer.observation().doubted]).to.deep.equal([one]);
    gates.count.open();
    await clock.until(() => observer.observation().containers.get(other)?.restartCount === 2);
    expect([...observer.observation().doubted]).to.deep.equal([one]);
    gates.list.open();
    await clock.until(() => observer.observation().doubted.size === 0);
    observer.stop();
  });
});
