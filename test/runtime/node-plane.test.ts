import { expect } from 'chai';
import { silentLog } from '../../lib/ports/log.ts';
import { noMetrics } from '../../lib/ports/metrics.ts';
import { Shared } from '../../lib/dataplane/shared.ts';
import { NodePlane } from '../../lib/runtime/node-plane.ts';
import { sample } from '../dataplane/sample.ts';
import { FakeClock } from '../fakes/clock.ts';
import { FakeHosts } from '../fakes/hosts.ts';
import { FakeIds } from '../fakes/ids.ts';
import { FakePlanes } from '../fakes/plane.ts';

describe('the plane of a node that was away', () => {
  const clock = new FakeClock();
  const planes = new FakePlanes();
  const hosts = new FakeHosts(clock);
  hosts.add('h1', { images: [] });
  const { docker } = hosts.connect({
    node: 'h1',
    spec: { docker: { socket: '/s' }, availability: 'active', role: 'worker' },
    jump: () => undefined,
  });
  const plane = new NodePlane({
    shared: new Shared(),
    node: 'h1',
    cluster: 'default',
    docker: () => docker,
    arch: () => 'amd64',
    planes,
    clock,
    ids: new FakeIds(7),
    log: silentLog,
    metrics: noMetrics,
    changed: () => undefined,
  });

  it('forgets connections of tasks that ended meanwhile, but not to addresses that others have now, nor of ever so many', async () => {
    plane.want({ number: 1, served: sample() });
    plane.up();
    await clock.advance(1_000);
    expect(planes.applies).to.have.length(1);
    plane.down();
    plane.forget(Array.from({ length: 700 }, (_, at) => `10.${String(at >> 8)}.9.${String(at & 255)}`));
    plane.forget(['10.210.1.2', '10.210.1.99']);
    plane.up();
    await clock.advance(1_000);
    const flushed = planes.applies.slice(1).flatMap(({ files }) => (files['flush'] ?? '').split('\n').filter((line) => line !== ''));
    expect(flushed).to.include('-p tcp --reply-src 10.210.1.99').and.not.include('-p tcp --reply-src 10.210.1.2');
    expect(flushed).to.have.length(499);
  });
});
