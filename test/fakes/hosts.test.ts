import { expect } from 'chai';
import { hasCode } from '../../lib/errors/error.ts';
import type { LinkState } from '../../lib/ports/hosts.ts';
import type { NodeSpec } from '../../lib/types/generated.ts';
import { FakeClock } from './clock.ts';
import { FakeHosts } from './hosts.ts';
import { intercept } from './intercept.ts';

const SPEC: NodeSpec = { docker: { socket: '/var/run/docker.sock' }, availability: 'active', role: 'worker' };

describe('the fake hosts', () => {
  it('reject what is under way and what comes while cut off, and let the engine go on', async () => {
    const clock = new FakeClock();
    const hosts = new FakeHosts(clock);
    const engine = hosts.add('h1', { images: ['web'], latency: { start: 100 } });
    const link = hosts.connect({ node: 'h1', spec: SPEC });
    const phases: LinkState['phase'][] = [];
    link.state$.subscribe((state) => phases.push(state.phase));
    await clock.flush();
    const { id } = await link.docker.createContainer('a', { Image: 'web', Labels: {}, HostConfig: { RestartPolicy: { Name: 'no' } } });
    const ended: unknown[] = [];
    const stop = new AbortController();
    const read = async (): Promise<void> => {
      for await (const event of link.docker.events({ signal: stop.signal })) expect(event.type).to.equal('container');
    };
    read().catch((error: unknown) => ended.push(error));
    link.docker.startContainer(id).catch((error: unknown) => ended.push(error));
    await clock.flush();
    expect(engine.subscribers).to.equal(1);

    hosts.cut('h1');
    await clock.advance(100);
    expect(ended).to.have.length(2);
    expect(ended.every((error) => hasCode(error, 'DSW_HOST_UNREACHABLE'))).to.equal(true);
    expect(engine.containers.get(id)?.state, 'the call was applied all the same').to.equal('running');
    expect(engine.subscribers).to.equal(0);
    expect(await link.docker.ping().catch((error: unknown) => hasCode(error, 'DSW_HOST_UNREACHABLE'))).to.equal(true);

    hosts.mend('h1');
    await link.docker.ping();
    hosts.off('h1');
    hosts.on('h1');
    hosts.untrusted('h1');
    expect(phases).to.deep.equal(['connecting', 'ready', 'unreachable', 'ready', 'unreachable', 'ready', 'untrusted']);
    await link.close();
    expect(hosts.links('h1')).to.equal(0);
  });

  it('fail where a test says so: before, after the change was applied, or never answering', async () => {
    const clock = new FakeClock();
    const engine = new FakeHosts(clock).add('h1', { images: ['web'] });
    const config = { Image: 'web', Labels: {}, HostConfig: { RestartPolicy: { Name: 'no' as const } } };
    const before = intercept(engine, { createContainer: { fail: 'before', times: 1 } });
    expect(await before.createContainer('a', config).catch(() => 'failed')).to.equal('failed');
    expect(engine.containers.size).to.equal(0);
    await before.createContainer('a', config);
    const after = intercept(engine, { createContainer: { fail: 'after', when: (name) => name === 'b' } });
    await after.createContainer('c', config);
    expect(await after.createContainer('b', config).catch(() => 'failed')).to.equal('failed');
    expect(engine.containers.size).to.equal(3);
    let settled = false;
    const hang = intercept(engine, { ping: { fail: 'hang' } }).ping();
    hang.then(
      () => (settled = true),
      () => (settled = true),
    );
    await clock.advance(1000);
    expect(settled).to.equal(false);
  });
});
