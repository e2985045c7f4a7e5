import { expect } from 'chai';
import { EngineNetworks } from '../../lib/apply/networks.ts';
import { DswarmError } from '../../lib/errors/error.ts';
import type { NetworkConfig } from '../../lib/ports/docker.ts';
import { silentLog } from '../../lib/ports/log.ts';
import { FakeClock } from '../fakes/clock.ts';
import { FakeEngine } from '../fakes/docker.ts';
import { intercept } from '../fakes/intercept.ts';

const labels = { 'dswarm/managed': 'true', 'dswarm/cluster': 'default', 'dswarm/namespace': 'shop', 'dswarm/network': 'default' };
const options = { 'com.docker.network.bridge.name': 'dsw1' };
const wanted: NetworkConfig = {
  name: 'dswarm_shop_default',
  labels,
  options,
  subnet: '10.210.0.0/16',
  range: '10.210.0.0/24',
  gateway: '10.210.0.1',
};

function setUp(wrap: (engine: FakeEngine) => FakeEngine | ReturnType<typeof intercept> = (engine) => engine): {
  engine: FakeEngine;
  networks: EngineNetworks;
  changes: string[];
  warned: string[];
} {
  const engine = new FakeEngine({ clock: new FakeClock() });
  const changes: string[] = [];
  const warned: string[] = [];
  const log = { ...silentLog, warn: (_fields: unknown, message: string) => void warned.push(message) };
  const docker = wrap(engine);
  const networks = new EngineNetworks({ cluster: 'default', docker: () => docker, mutating: (_node, op) => changes.push(op), log });
  return { engine, networks, changes, warned };
}

const nobody = (): boolean => false;

async function failure(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'it did not fail',
    (error: { code?: string }) => error.code ?? String(error),
  );
}

describe('networks on engines', () => {
  it('are made once however many tasks ask at a time, and left alone afterwards', async () => {
    const { engine, networks, changes } = setUp();
    await Promise.all(Array.from({ length: 5 }, () => networks.ensure('h1', wanted)));
    await networks.ensure('h1', wanted);
    expect(changes).to.deep.equal(['create network']);
    expect(engine.networks.list([])).to.have.length(1);
  });

  it('are made anew where they have other addresses, and are kept where only an option differs that is not told by the bridge', async () => {
    const { engine, networks } = setUp();
    await networks.ensure('h1', wanted);
    const before = engine.networks.find(wanted.name)?.id;
    await networks.ensure('h1', { ...wanted, options: { ...options, 'com.docker.network.driver.mtu': '1400' } });
    expect(engine.networks.find(wanted.name)?.id).to.equal(before);
    await networks.ensure('h1', { ...wanted, range: '10.210.7.0/24', gateway: '10.210.7.1' });
    expect(engine.networks.find(wanted.name)).to.include({ range: '10.210.7.0/24' });
  });

  it("leave alone what is not this cluster's (invariant 6)", async () => {
    const { engine, networks } = setUp();
    await engine.createNetwork({ ...wanted, labels: {} });
    const error = await networks.ensure('h1', wanted).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(DswarmError).and.to.include({ code: 'DSW_NAME_CONFLICT' });
    expect((error as DswarmError).hint).to.contain('docker network rm dswarm_shop_default');
    await networks.prune('h1', nobody);
    expect(engine.networks.list([])).to.have.length(1);
  });

  it('are found made where the answer to an earlier call was lost (invariant 8)', async () => {
    const lost = new Error('the answer was lost');
    const { engine, networks } = setUp((inner) => intercept(inner, { createNetwork: { fail: 'after', error: lost, times: 1 } }));
    expect(await failure(networks.ensure('h1', wanted))).to.contain('lost');
    await networks.ensure('h1', wanted);
    expect(engine.networks.list([])).to.have.length(1);
  });

  it('go once nobody needs them, but for those that a container is in', async () => {
    const { engine, networks, warned } = setUp();
    engine.images.set('i', 'sha256:0');
    const other = { ...wanted, name: 'dswarm_shop_back', subnet: '10.211.0.0/16', range: '10.211.0.0/24', gateway: '10.211.0.1' };
    await networks.ensure('h1', wanted);
    await networks.ensure('h1', other);
    const HostConfig = { RestartPolicy: { Name: 'no' as const }, NetworkMode: other.name };
    const { id } = await engine.createContainer('c', { Image: 'i', Labels: {}, HostConfig });
    await engine.startContainer(id);
    await networks.prune('h1', nobody);
    expect(engine.networks.list([]).map(({ name }) => name)).to.deep.equal([other.name]);
    await engine.removeContainer(id, { force: true });
    await networks.prune('h1', (network) => network.name === other.name);
    expect(engine.networks.list([])).to.have.length(1);
    await networks.prune('h1', nobody);
    expect(engine.networks.list([])).to.deep.equal([]);
    expect(warned).to.deep.equal([]);
  });

  it('stay where they came to be wanted after they were listed', async () => {
    const { engine, networks } = setUp();
    await networks.ensure('h1', wanted);
    const names = new Set<string>();
    const pruning = networks.prune('h1', ({ name }) => names.has(name));
    names.add(wanted.name);
    await Promise.all([pruning, networks.ensure('h1', wanted)]);
    expect(engine.networks.list([])).to.have.length(1);
  });

  it('are made again where they are removed just before', async () => {
    const { engine, networks } = setUp();
    await networks.ensure('h1', wanted);
    let ensuring: Promise<void> | undefined;
    // It is asked twice: before the removal takes its turn, and in it. What is wanted from then on is made after it.
    await networks.prune('h1', () => {
      ensuring ??= Promise.resolve().then(() => networks.ensure('h1', wanted));
      return false;
    });
    await ensuring;
    expect(engine.networks.list([])).to.have.length(1);
  });

  it('are left, and spoken of, where the engine refuses for another reason', async () => {
    const refused = new DswarmError('DSW_DOCKER_REFUSED', 'could not find endpoint');
    const { networks, warned } = setUp((inner) => intercept(inner, { removeNetwork: { fail: 'before', error: refused } }));
    await networks.ensure('h1', wanted);
    await networks.prune('h1', nobody);
    expect(warned).to.deep.equal(['the engine does not remove a network']);
  });
});
