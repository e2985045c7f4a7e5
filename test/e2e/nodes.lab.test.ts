import { expect } from 'chai';
import { RETURN_WINDOW_MS } from '../../lib/plan/eviction.ts';
import { docker, IMAGE, lab, type LabHost } from '../lab/fixture.ts';
import { Load } from '../lab/load.ts';
import { countRunning, fewestWhile, listOurs } from './containers.ts';
import { eventually, serviceManifest } from './controller.ts';
import { useController } from './setup.ts';

const AFTER_MS = 5_000;
const DEFAULT_AFTER_MS = 15_000;
const spec = (extra: object = {}): object => ({ failover: { after: `${AFTER_MS / 1000}s` }, ...extra });

/** Requests a second to a task of a host. */
const RATE = 50;

describe('nodes that go, on real hosts', () => {
  const world = useController(3);

  // One test that fails leaves no host away for the next, or drained.
  afterEach(async () => {
    await lab('up', '3');
    await world.controller.cli('uncordon', 'h3');
  });

  const ready = (): Promise<string> => world.controller.cli('wait', 'svc/web', '--for=condition=Ready', '--timeout=60s');

  /** Requests to a task of a host, from a container of nobody's beside it, until they are told to stop. */
  async function loadOn(host: LabHost): Promise<Load> {
    const container = await docker(host, 'run', '-d', '--name', 'client', IMAGE);
    const [task = ''] = await listOurs([host], '{{.ID}}', 'status=running');
    const address = await docker(host, 'inspect', '-f', '{{.NetworkSettings.IPAddress}}', task);
    const load = await Load.start({ url: `http://${address}:8080/`, rate: RATE, inside: { host, container } });
    await eventually('its requests arrive', async () => (await docker(host, 'logs', '--tail', '1', task)).includes('GET /'));
    return load;
  }

  it('drains a host under load with tasks of a service of 12, and never runs fewer than 12', async () => {
    const [stays, , goes] = world.hosts as [LabHost, LabHost, LabHost];
    await world.controller.save('web.yaml', serviceManifest({ name: 'web', replicas: 12, spec: spec({ update: { parallelism: 2 } }) }));
    await eventually('12 run', async () => (await countRunning(world.hosts)) === 12);
    await ready();
    const loads = [await loadOn(stays), await loadOn(goes)] as const;
    const fewest = await fewestWhile(world.hosts, 'running', async () => {
      expect(await world.controller.cli('drain', 'h3', '--timeout=50s')).to.contain('node/h3 drained');
    });
    const [kept, drained] = await Promise.all(loads.map((load) => load.stop()));
    expect(await world.controller.read('nodes/h3.yaml')).to.contain('availability: drain');
    expect(fewest).to.equal(12);
    expect(await countRunning([goes])).to.equal(0);
    expect(kept?.failures, 'of a task that stays').to.deep.equal([]);
    for (const load of [kept, drained]) expect(load?.sent).to.be.greaterThan(RATE / 10);
    for (const host of [stays, goes]) await docker(host, 'rm', '-f', 'client');
  });

  it('runs the tasks of a host that was powered off elsewhere within failover.after and 3 s, and gives back what is surplus (fault 68)', async () => {
    await world.controller.save('web.yaml', serviceManifest({ name: 'web', replicas: 12, spec: spec() }));
    await eventually('12 run', async () => (await countRunning(world.hosts)) === 12);
    await ready();
    const [off, first, other] = world.hosts as [LabHost, LabHost, LabHost];
    expect(await countRunning([off])).to.be.greaterThan(0);
    await lab('off', String(off.index));
    const took = await eventually('12 run elsewhere', async () => (await countRunning([first, other])) === 12);
    expect(took).to.be.lessThan(AFTER_MS + 3_000);
    expect(await world.controller.cli('get', 'tasks')).to.contain('Orphaned');
    await lab('on', String(off.index));
    await eventually('its copies are gone', async () => (await listOurs([off], '{{.ID}}')).length === 0, 40_000);
    expect(await countRunning(world.hosts)).to.equal(12);
  });

  for (const [index, afterMs] of [
    [1, AFTER_MS],
    [2, DEFAULT_AFTER_MS],
  ] as const) {
    it(`runs the tasks of a host whose cable is pulled elsewhere within ${afterMs / 1_000} s and 3 s of the cut (fault 68)`, async () => {
      const more = afterMs === DEFAULT_AFTER_MS ? {} : spec();
      await world.controller.save('web.yaml', serviceManifest({ name: 'web', replicas: 12, spec: more }));
      await eventually('12 run', async () => (await countRunning(world.hosts)) === 12);
      await ready();
      const silent = world.hosts[index] as LabHost;
      const others = world.hosts.filter((host) => host !== silent);
      const there = await countRunning([silent]);
      expect(there).to.be.greaterThan(0);
      // One that is just back counts among those that vanish together.
      await new Promise((resolve) => setTimeout(resolve, RETURN_WINDOW_MS));
      await lab('cut', String(silent.index));
      const took = await eventually('12 run elsewhere', async () => (await countRunning(others)) === 12);
      expect(took)
        .to.be.lessThan(afterMs + 3_000)
        .and.greaterThan(afterMs - 3_000);
      expect(await countRunning([silent]), 'those cut off run on').to.equal(there);
      await lab('mend', String(silent.index));
      await eventually('its copies are gone', async () => (await listOurs([silent], '{{.ID}}')).length === 0, 40_000);
      expect(await countRunning(world.hosts)).to.equal(12);
    });
  }

  it('moves nothing when all three hosts are cut off at once (fault 69)', async () => {
    await ready();
    const before = await listOurs(world.hosts, '{{.ID}} {{.Names}}');
    for (const host of world.hosts) await lab('cut', String(host.index));
    await eventually('all are unreachable', async () => /^(?!.* Ready )/s.test(await world.controller.cli('get', 'nodes')), 30_000);
    await new Promise((resolve) => setTimeout(resolve, AFTER_MS + 1_000));
    for (const host of world.hosts) await lab('mend', String(host.index));
    await eventually('all are back', async () => (await world.controller.cli('get', 'nodes')).match(/ Ready /g)?.length === 3, 30_000);
    await ready();
    expect(await listOurs(world.hosts, '{{.ID}} {{.Names}}')).to.deep.equal(before);
    expect(await world.controller.cli('get', 'tasks')).to.not.contain('Orphaned');
  });
});
