import { expect } from 'chai';
import { sleep, type Clock } from '../../lib/ports/clock.ts';
import type { Docker } from '../../lib/ports/docker.ts';
import type { Hosts } from '../../lib/ports/hosts.ts';
import type { FakeHosts } from '../fakes/hosts.ts';
import { withDocker } from '../fakes/intercept.ts';
import { RESYNC_MS, service, World } from './harness.ts';

const ALONE_MS = 320;
/** A host of two processors: two starts take as long as one, and each more adds to all. */
const startsTogether = (count: number): number => ALONE_MS * Math.max(1, count / 2);

interface Seen {
  most: number;
  took: number[];
}

/** An engine whose starts take the longer the more there are at once, as those of a real one do. */
function crowded(docker: Docker, clock: () => Clock, seen: Seen): Docker {
  let now = 0;
  const startContainer = async (id: string): Promise<void> => {
    const begun = clock().monotonic();
    now += 1;
    seen.most = Math.max(seen.most, now);
    await sleep(clock(), startsTogether(now));
    now -= 1;
    await docker.startContainer(id);
    seen.took.push(clock().monotonic() - begun);
  };
  return new Proxy(docker, { get: (inner, key): unknown => (key === 'startContainer' ? startContainer : Reflect.get(inner, key)) });
}

describe('many things at once', () => {
  it('50 containers to one host: few start at a time, and each takes at most three times as long as alone (fault 59)', async () => {
    const seen: Seen = { most: 0, took: [] };
    const at: { clock?: Clock } = {};
    const wrap = (hosts: FakeHosts): Hosts => withDocker(hosts, (docker) => crowded(docker, () => at.clock as Clock, seen));
    const world = await World.create({ nodes: 1, wrap });
    at.clock = world.clock;
    await world.apply(service('web', { replicas: 50 }));
    await world.settle(30_000);
    expect(world.running()).to.have.length(50);
    expect(seen.most).to.equal(4);
    expect(Math.max(...seen.took)).to.be.at.most(3 * ALONE_MS);
    await world.expectQuiet();
  });

  it('more events than are delivered: what was lost is found by the list (fault 51)', async () => {
    const world = await World.create({ nodes: 2 });
    await world.apply(service('web', { replicas: 100 }));
    await world.settle(30_000);
    expect(world.running()).to.have.length(100);
    const engine = world.hosts.engine('h1');
    engine.eventsFlow = false;
    for (const id of [...engine.containers.keys()]) await engine.removeContainer(id, { force: true });
    await world.settle(2_000);
    engine.eventsFlow = true;
    expect(world.running()).to.have.length(50);
    await world.settle(RESYNC_MS * 1.2 + 30_000);
    expect(world.running()).to.have.length(100);
    await world.expectQuiet();
  });
});
