import { expect } from 'chai';
import { RETURN_WINDOW_MS } from '../../lib/plan/eviction.ts';
import { containerIds, lab, labHosts, type LabEnv, type LabHost } from '../lab/fixture.ts';
import { Controller, eventually, serviceManifest } from './controller.ts';

const OURS = ['dswarm/managed=true'];
const AFTER_MS = 5_000;
const DEFAULT_AFTER_MS = 15_000;
const spec = (extra: object = {}): object => ({ failover: { after: `${AFTER_MS / 1000}s` }, ...extra });

const runningOn = async (host: LabHost): Promise<number> => (await containerIds(host, { labels: OURS })).length;

describe('nodes that go, on real hosts', () => {
  let env: LabEnv;
  let controller: Controller;

  before(async () => {
    env = await labHosts(3);
    controller = await Controller.create(env.hosts);
    await controller.start();
  });

  after(async () => {
    await controller.remove();
    await lab('up', '3');
  });

  const count = async (hosts: readonly LabHost[]): Promise<number> => {
    const counts = await Promise.all(hosts.map(runningOn));
    return counts.reduce((sum, each) => sum + each, 0);
  };
  const ready = (): Promise<string> => controller.cli('wait', 'svc/web', '--for=condition=Ready', '--timeout=60s');

  it('drains a host with tasks of a service of 12 without ever running fewer than 12', async () => {
    await controller.save('web.yaml', serviceManifest({ name: 'web', replicas: 12, spec: spec({ update: { parallelism: 2 } }) }));
    await eventually('12 run', async () => (await count(env.hosts)) === 12);
    await ready();
    let least = Infinity;
    let samples = 0;
    const sampling = { on: true };
    const sampler = (async (): Promise<void> => {
      while (sampling.on) {
        least = Math.min(least, await count(env.hosts));
        samples += 1;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    const drained = await controller.cli('drain', 'h3', '--timeout=50s').finally(() => (sampling.on = false));
    await sampler;
    expect(drained).to.contain('node/h3 drained');
    expect(await controller.read('nodes/h3.yaml')).to.contain('availability: drain');
    expect(samples).to.be.greaterThan(5);
    expect(least).to.be.at.least(12);
    const hosts = env.hosts as [LabHost, LabHost, LabHost];
    expect(await runningOn(hosts[2])).to.equal(0);
    await controller.cli('uncordon', 'h3');
  });

  for (const [index, afterMs] of [
    [1, AFTER_MS],
    [2, DEFAULT_AFTER_MS],
  ] as const) {
    it(`runs the tasks of a host whose cable is pulled elsewhere within ${afterMs / 1_000} s and 3 s of the cut (fault 68)`, async () => {
      const more = afterMs === DEFAULT_AFTER_MS ? {} : spec();
      await controller.save('web.yaml', serviceManifest({ name: 'web', replicas: 12, spec: more }));
      await eventually('12 run', async () => (await count(env.hosts)) === 12);
      await ready();
      const silent = env.hosts[index] as LabHost;
      const others = env.hosts.filter((host) => host !== silent);
      const there = await runningOn(silent);
      expect(there).to.be.greaterThan(0);
      await lab('cut', String(silent.index));
      const took = await eventually('12 run elsewhere', async () => (await count(others)) === 12);
      expect(took)
        .to.be.lessThan(afterMs + 3_000)
        .and.greaterThan(afterMs - 3_000);
      expect(await runningOn(silent), 'those cut off run on').to.equal(there);
      await lab('mend', String(silent.index));
      await eventually('its copies are gone', async () => (await containerIds(silent, { all: true, labels: OURS })).length === 0, 40_000);
      expect(await count(env.hosts)).to.equal(12);
    });
  }

  it('runs the tasks of a host that was powered off elsewhere within failover.after and 3 s, and gives back what is surplus (fault 68)', async () => {
    await controller.save('web.yaml', serviceManifest({ name: 'web', replicas: 6, spec: spec() }));
    await eventually('6 run', async () => (await count(env.hosts)) === 6);
    await ready();
    const [off, first, other] = env.hosts as [LabHost, LabHost, LabHost];
    // One that is just back counts among those that vanish together.
    await new Promise((resolve) => setTimeout(resolve, RETURN_WINDOW_MS));
    expect(await runningOn(off)).to.be.greaterThan(0);
    await lab('off', String(off.index));
    const took = await eventually('6 run elsewhere', async () => (await count([first, other])) === 6);
    expect(took).to.be.lessThan(AFTER_MS + 3_000);
    expect(await controller.cli('get', 'tasks')).to.contain('Orphaned');
    await lab('on', String(off.index));
    await eventually('its copies are gone', async () => (await containerIds(off, { all: true, labels: OURS })).length === 0, 40_000);
    expect(await count(env.hosts)).to.equal(6);
  });

  it('moves nothing when all three hosts are cut off at once (fault 69)', async () => {
    await ready();
    const before = await Promise.all(env.hosts.map((host) => containerIds(host, { all: true, labels: OURS })));
    for (const host of env.hosts) await lab('cut', String(host.index));
    await eventually('all are unreachable', async () => /^(?!.* Ready )/s.test(await controller.cli('get', 'nodes')), 30_000);
    await new Promise((resolve) => setTimeout(resolve, AFTER_MS + 1_000));
    for (const host of env.hosts) await lab('mend', String(host.index));
    await eventually('all are back', async () => (await controller.cli('get', 'nodes')).match(/ Ready /g)?.length === 3, 30_000);
    await ready();
    expect(await Promise.all(env.hosts.map((host) => containerIds(host, { all: true, labels: OURS })))).to.deep.equal(before);
    expect(await controller.cli('get', 'tasks')).to.not.contain('Orphaned');
  });
});
