import { expect } from 'chai';
import { DswarmError } from '../../lib/errors/error.ts';
import type { Hosts } from '../../lib/ports/hosts.ts';
import type { ServiceSpec } from '../../lib/types/generated.ts';
import type { FakeHosts } from '../fakes/hosts.ts';
import { intercept, withDocker } from '../fakes/intercept.ts';
import { healthcheck, IMAGE, IMAGE_2, service, World } from './harness.ts';
import { sample } from './sampling.ts';

const update = (changes: Partial<ServiceSpec['update']>): ServiceSpec['update'] => ({ ...service('x').spec.update, ...changes });

async function roll(
  from: Partial<ServiceSpec>,
  to: Partial<ServiceSpec>,
  engine = {},
): Promise<{ world: World; least: number; most: number }> {
  const latency = { create: 20, start: 100, stop: 50, remove: 20 };
  const world = await World.create({ engine: { latency, healthAfter: 200, ...engine } });
  await world.apply(service('web', from));
  await world.settle();
  const seen = sample(world);
  await world.apply(service('web', to));
  await world.settle(30_000);
  seen.stop();
  return { world, least: seen.least, most: seen.most };
}

describe('a changed spec', () => {
  it('replaces one task at a time, and never stops one before its successor is created (invariant 9)', async () => {
    const { world, least, most } = await roll({ replicas: 4, healthcheck }, { replicas: 4, healthcheck, image: IMAGE_2 });
    expect(world.running()).to.have.length(4);
    expect(world.containers().every(({ container }) => container.config.Image === IMAGE_2)).to.equal(true);
    expect(least).to.equal(3);
    expect(most).to.equal(4);
    for (const engine of world.hosts.engines.values()) {
      const ops = engine.calls.map((call) => call.op).filter((op) => ['createContainer', 'stopContainer'].includes(op));
      expect(ops.lastIndexOf('createContainer')).to.be.greaterThan(-1);
      expect(ops.indexOf('stopContainer')).to.be.greaterThan(ops.indexOf('createContainer'));
    }
    await world.expectQuiet();
  });

  it('starts the new task first where the order says so, and ends with as many tasks as before (conformance C059)', async () => {
    const startFirst = { replicas: 4, healthcheck, update: update({ order: 'start-first' }) };
    const { world, least, most } = await roll(startFirst, { ...startFirst, image: IMAGE_2 });
    expect(world.containers().map(({ container }) => container.config.Image)).to.deep.equal(Array(4).fill(IMAGE_2));
    expect(least).to.equal(4);
    expect(most).to.equal(5);
    expect(world.tasks('web').map(({ spec, status }) => `${spec.slot} ${status?.state ?? ''}`)).to.deep.equal([
      '1 Running',
      '2 Running',
      '3 Running',
      '4 Running',
    ]);
  });

  it('replaces as many at a time as parallelism says', async () => {
    const spec = { replicas: 6, healthcheck, update: update({ parallelism: 3 }) };
    const { least } = await roll(spec, { ...spec, image: IMAGE_2 });
    expect(least).to.equal(3);
  });

  it('goes no further when the new task does not become healthy, and goes on with the next spec', async () => {
    const world = await World.create({ engine: { healthAfter: 'manual' } });
    await world.apply(service('web', { replicas: 3 }));
    await world.settle();
    await world.apply(service('web', { replicas: 3, healthcheck }));
    await world.settle(60_000);
    const images = world.containers('running').map(({ container }) => container.config.Healthcheck === undefined);
    expect(images.filter((isOld) => isOld)).to.have.length(2);
    expect(world.service('web').status).to.include({ state: 'Progressing', updated: 1 });
    await world.apply(service('web', { replicas: 3, image: IMAGE_2 }));
    await world.settle(30_000);
    expect(world.containers().map(({ container }) => container.config.Image)).to.deep.equal(Array(3).fill(IMAGE_2));
    expect(world.service('web').status?.state).to.equal('Ready');
  });

  it('stops nothing when the new image cannot be pulled (invariant 9)', async () => {
    const { world, least } = await roll({ replicas: 3 }, { replicas: 3, image: 'registry.test/none:9' });
    expect(least).to.equal(3);
    expect(world.containers('running').every(({ container }) => container.config.Image === IMAGE)).to.equal(true);
    expect(world.service('web').status?.state).to.equal('Stalled');
    expect(world.service('web').status?.message).to.contain('none:9');
  });

  it('drops a pull that a newer spec makes pointless', async () => {
    const world = await World.create({ engine: { pullable: { 'registry.test/slow:1': 3_600_000 } } });
    await world.apply(service('web', { replicas: 2, image: 'registry.test/slow:1' }));
    await world.settle();
    await world.apply(service('web', { replicas: 2 }));
    await world.settle();
    expect(world.service('web').status?.state).to.equal('Ready');
  });

  it('gives new tasks to slots whose tasks have ended or were stopped by hand, too (conformance C061)', async () => {
    const world = await World.create();
    const spec = { replicas: 3, restart: { condition: 'none' as const } };
    await world.apply(service('web', spec));
    await world.settle();
    const [first, second] = world.containers('running');
    if (first === undefined || second === undefined) throw new Error('nothing runs');
    await world.hosts.engine(first.node).stopContainer(first.container.id, 1);
    world.hosts.engine(second.node).crash(second.container.id, 0);
    await world.settle();
    expect(world.running()).to.have.length(1);
    await world.apply(service('web', { ...spec, image: IMAGE_2 }));
    await world.settle(30_000);
    expect(world.containers('running').map(({ container }) => container.config.Image)).to.deep.equal(Array(3).fill(IMAGE_2));
    expect(world.containers()).to.have.length(3);
  });

  it('of limits reaches the tasks, and shows in the spec (conformance C083)', async () => {
    const world = await World.create();
    const limited = (pids: number, memory: string): Partial<ServiceSpec> => ({ replicas: 2, resources: { limits: { pids, memory } } });
    const hosts = (): unknown[] =>
      world.containers('running').map(({ container: { config } }) => [config.HostConfig.PidsLimit, config.HostConfig.Memory]);
    await world.apply(service('web', limited(50, '64Mi')));
    await world.settle();
    expect(hosts()).to.deep.equal(Array(2).fill([50, 64 * 2 ** 20]));
    await world.apply(service('web', limited(100, '128Mi')));
    await world.settle(30_000);
    expect(hosts()).to.deep.equal(Array(2).fill([100, 128 * 2 ** 20]));
    expect(world.service('web').spec.resources).to.deep.equal({ limits: { pids: 100, memory: '128Mi' } });
    await world.apply(service('web', { replicas: 2 }));
    await world.settle(30_000);
    expect(hosts()).to.deep.equal(Array(2).fill([undefined, undefined]));
  });

  it('goes on without an old task that never stops: the new one starts beside it, and the rollout ends (conformance C065)', async () => {
    const stuck = { id: '' };
    const late = new DswarmError('DSW_DOCKER_TIMEOUT', 'stop container: no answer within 30 s');
    const stops = { fail: 'before', error: late, when: (id: unknown) => id === stuck.id } as const;
    const wrap = (hosts: FakeHosts): Hosts =>
      withDocker(hosts, (docker) => intercept(docker, { stopContainer: stops, removeContainer: stops }));
    const world = await World.create({ wrap });
    const images = (): string[] => world.containers('running').map(({ container }) => container.config.Image);
    await world.apply(service('web', { replicas: 2 }));
    await world.settle();
    stuck.id = world.anyRunning().container.id;
    await world.apply(service('web', { replicas: 2, image: IMAGE_2 }));
    await world.settle(60_000);
    expect([images(), world.containers('created').length]).to.deep.equal([[IMAGE, IMAGE], 1]);
    await world.settle(300_000);
    expect(images().sort()).to.deep.equal([IMAGE, IMAGE_2, IMAGE_2]);
    expect(world.service('web').status?.update?.state).to.equal('completed');
    const old = world.tasks('web').find((task) => task.status?.containerId === stuck.id);
    expect(old?.status?.message).to.include('no answer within 30 s');
    stuck.id = '';
    await world.settle(120_000);
    expect(images()).to.deep.equal([IMAGE_2, IMAGE_2]);
    expect(world.service('web').status?.state).to.equal('Ready');
    await world.expectQuiet();
  });

  it('rolls everything when forceUpdate is bumped', async () => {
    const { world } = await roll({ replicas: 2 }, { replicas: 2, forceUpdate: 1 });
    expect(world.running()).to.have.length(2);
    expect(world.mutations().filter((call) => call.endsWith('createContainer'))).to.have.length(4);
  });
});
