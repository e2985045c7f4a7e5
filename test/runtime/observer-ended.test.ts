import { expect } from 'chai';
import { NodeObserver } from '../../lib/runtime/observer.ts';
import type { Docker } from '../../lib/ports/docker.ts';
import type { HostLink } from '../../lib/ports/hosts.ts';
import { silentLog } from '../../lib/ports/log.ts';
import { noMetrics } from '../../lib/ports/metrics.ts';
import type { ObservedContainer } from '../../lib/types/observation.ts';
import { BehaviorSubject } from 'rxjs';
import { FakeClock } from '../fakes/clock.ts';
import { FakeEngine } from '../fakes/docker.ts';
import { FakeIds } from '../fakes/ids.ts';

/** Like engine 20.10: lists tell that a container runs for a moment after its `die` event came; an inspect does not. */
function withLateLists(engine: FakeEngine, clock: FakeClock, lagMs: number): Docker {
  const running = new Map<string, ObservedContainer>();
  const endSeen = new Map<string, number>();
  const listContainers: Docker['listContainers'] = async (filter) => {
    const list = await engine.listContainers(filter);
    return list.map((container) => {
      if (container.state === 'running') running.set(container.id, container);
      else if (!endSeen.has(container.id)) endSeen.set(container.id, clock.monotonic());
      const late = clock.monotonic() < (endSeen.get(container.id) ?? -Infinity) + lagMs;
      return late ? (running.get(container.id) ?? container) : container;
    });
  };
  return new Proxy<Docker>(engine, {
    get(target, property): unknown {
      if (property === 'listContainers') return listContainers;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

describe('the observation of a container that ends', () => {
  it('is right at once, though the engine lists it as running for a moment more (invariant 3)', async () => {
    const clock = new FakeClock();
    const engine = new FakeEngine({ clock, images: ['hello:1'] });
    const link: HostLink = {
      state$: new BehaviorSubject({ phase: 'ready' as const }),
      docker: withLateLists(engine, clock, 100),
      silentMs: () => 0,
      retry: () => undefined,
      close: () => Promise.resolve(),
    };
    const { id } = await engine.createContainer('one', {
      Image: 'hello:1',
      Labels: { 'dswarm/managed': 'true' },
      HostConfig: { RestartPolicy: { Name: 'always' } },
    });
    await engine.startContainer(id);
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
    await clock.until(() => observer.observation().containers.get(id)?.state === 'running');
    engine.kill(id);
    await clock.advance(10);
    expect(observer.observation().containers.get(id)?.state).to.equal('exited');
    observer.stop();
  });
});
