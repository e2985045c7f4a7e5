import { expect } from 'chai';
import { DswarmError } from '../../lib/errors/error.ts';
import type { NodeStatus, ServiceSpec, TaskSpec, TaskStatus } from '../../lib/types/generated.ts';
import type { ContainerConfig } from '../../lib/ports/docker.ts';
import { intercept, withDocker, type Overrides } from '../fakes/intercept.ts';
import { identityLabels } from '../../lib/plan/names.ts';
import { IMAGE, IMAGE_2, service, World, type WorldOptions } from './harness.ts';
import { sample } from './sampling.ts';

const MISSING = 'registry.test/none:1';
const refused = (message: string): DswarmError => new DswarmError('DSW_DOCKER_REFUSED', message, { where: 'h1' });

/** Engines that fail as told, by node. */
function failing(faults: Readonly<Record<string, Overrides>>): Pick<WorldOptions, 'wrap'> {
  return { wrap: (hosts) => withDocker(hosts, (docker, node) => intercept(docker, faults[node] ?? {})) };
}

const statuses = (world: World, name: string): TaskStatus[] => world.tasks(name).map((task) => task.status ?? {});
const nodeStatus = (world: World, name: string): NodeStatus => world.store.snapshot().get({ kind: 'Node', name })?.status ?? {};
const calls = (world: World, name: string, op: string): number => world.hosts.engine(name).calls.filter((call) => call.op === op).length;
const condition = (world: World, name: string): string[] => (nodeStatus(world, name).conditions ?? []).map(({ type }) => type);
const at = (world: World, name: string): string[] => world.running().filter((entry) => entry.startsWith(`${name}/`));

describe('an image that a host cannot get', () => {
  it('is ImagePullBackOff: other hosts go on, no container is made, and it is tried less and less often (fault 34)', async () => {
    const world = await World.create();
    for (const name of ['h1', 'h2']) world.hosts.engine(name).images.set(MISSING, 'sha256:1');
    await world.apply(service('web', { replicas: 3, image: MISSING }));
    await world.settle();
    expect(world.running()).to.have.length(2);
    const [waiting] = statuses(world, 'web').filter(({ state }) => state !== 'Running');
    expect(waiting).to.include({ reason: 'ImagePullBackOff' });
    expect(waiting?.message).to.match(/h3: manifest for registry.test\/none:1 not found/);
    expect(world.service('web').status).to.include({ state: 'Stalled', ready: 2 });
    expect(world.service('web').status?.conditions?.[0]?.reason).to.equal('ImagePullBackOff');
    expect(world.hosts.engine('h3').containers.size).to.equal(0);
    const pulls: number[] = [];
    for (let minute = 0; minute < 30; minute += 1) {
      const before = calls(world, 'h3', 'pullImage');
      await world.settle(60_000);
      pulls.push(calls(world, 'h3', 'pullImage') - before);
    }
    expect(pulls[0]).to.be.within(3, 8);
    expect(pulls.slice(-10).reduce((sum, each) => sum + each, 0)).to.be.within(2, 4);
    world.hosts.engine('h3').pullable.set(MISSING, 10);
    await world.settle(300_000);
    expect(world.running()).to.have.length(3);
    expect(world.service('web').status).to.include({ state: 'Ready' });
    await world.expectQuiet();
  });

  it('runs where it is already, though the registry refuses; elsewhere its tasks are Rejected with the words of the pull (conformance C200)', async () => {
    const world = await World.create({ nodes: 2 });
    world.hosts.engine('h1').images.set(MISSING, 'sha256:1');
    await world.apply(service('web', { mode: 'global', image: MISSING }));
    await world.settle(10_000);
    expect(at(world, 'h1')).to.have.length(1);
    expect(calls(world, 'h1', 'pullImage')).to.equal(0);
    expect(at(world, 'h2')).to.deep.equal([]);
    const rejected = world.history('web').map(({ spec, status }) => `${spec.node} ${String(status?.state)} ${String(status?.message)}`);
    expect(rejected[0]).to.match(/^h2 Rejected .*manifest for registry.test\/none:1 not found/);
    expect(calls(world, 'h2', 'createContainer')).to.equal(0);
  });

  it('is another object’s matter alone while its pull is slow (fault 35)', async () => {
    const world = await World.create({ nodes: 1 });
    world.hosts.engine('h1').pullable.set('registry.test/slow:1', 1_200_000);
    await world.apply(service('slow', { image: 'registry.test/slow:1' }));
    await world.settle();
    await world.apply(service('web', { replicas: 3 }));
    await world.settle();
    expect(world.running()).to.have.length(3);
    expect(statuses(world, 'slow')[0]).to.include({ state: 'Preparing' });
    await world.settle(1_200_000);
    expect(world.running()).to.have.length(4);
    expect(calls(world, 'h1', 'pullImage')).to.equal(1);
  });

  it('is given up when its service is deleted in the middle of a pull (fault 35)', async () => {
    const world = await World.create({ nodes: 1 });
    world.hosts.engine('h1').pullable.set('registry.test/slow:1', 1_200_000);
    await world.apply(service('slow', { image: 'registry.test/slow:1' }));
    await world.settle();
    await world.delete('Service', 'slow', 'default');
    await world.settle();
    expect(world.tasks('slow')).to.deep.equal([]);
    await world.settle(1_300_000);
    expect(world.hosts.engine('h1').images.has('registry.test/slow:1')).to.equal(false);
  });

  it('is pulled again, once a host, when the connection breaks in the middle (fault 36)', async () => {
    const world = await World.create({ nodes: 1 });
    world.hosts.engine('h1').pullable.set('registry.test/slow:1', 20_000);
    await world.apply(service('web', { replicas: 4, image: 'registry.test/slow:1' }));
    await world.settle(10_000);
    world.hosts.cut('h1');
    await world.settle(3_000);
    world.hosts.mend('h1');
    await world.settle(30_000);
    expect(world.running()).to.have.length(4);
    expect(calls(world, 'h1', 'pullImage')).to.equal(2);
    await world.expectQuiet();
  });

  it('made for another processor is told before a container is made, and a host that can run it is taken (conformance C132, fault 61)', async () => {
    const world = await World.create();
    for (const name of ['h1', 'h2', 'h3']) world.hosts.engine(name).archs.set(IMAGE, 'arm64');
    await world.apply(service('web'));
    await world.settle();
    expect(world.history('web')[0]?.status).to.include({ state: 'Rejected', reason: 'ImagePlatformMismatch' });
    expect(world.service('web').status?.conditions?.[0]).to.include({ reason: 'ImagePlatformMismatch' });
    expect(world.service('web').status?.message).to.contain('is made for arm64, the host runs amd64, 386');
    expect(world.mutations()).to.deep.equal([]);
    await world.settle(600_000);
    expect(world.mutations()).to.deep.equal([]);
    world.hosts.engine('h2').archs.delete(IMAGE);
    await world.settle(300_000);
    expect(at(world, 'h2')).to.have.length(1);
    await world.expectQuiet();
  });
});

describe('a name that is taken', () => {
  const config = (labels: Record<string, string>): ContainerConfig => ({
    Image: IMAGE,
    Labels: labels,
    HostConfig: { RestartPolicy: { Name: 'no' } },
  });

  /** What the task of a service `web` on one host is called, and what it is. */
  async function specOfWeb(): Promise<TaskSpec> {
    const world = await World.create({ nodes: 1 });
    await world.apply(service('web'));
    await world.settle();
    const [task] = world.tasks('web');
    if (task === undefined) throw new Error('no task');
    return task.spec;
  }

  it('by a foreign container is a NameConflict, and that container is left alone (fault 38)', async () => {
    const { containerName } = await specOfWeb();
    const world = await World.create({ nodes: 1 });
    const engine = world.hosts.engine('h1');
    const { id } = await engine.createContainer(containerName, config({}));
    await world.apply(service('web'));
    await world.settle();
    expect(statuses(world, 'web')[0]).to.include({ reason: 'NameConflict' });
    expect(world.service('web').status?.conditions?.[0]).to.include({ reason: 'NameConflict' });
    expect(engine.containers.get(id)?.state).to.equal('created');
    expect(calls(world, 'h1', 'removeContainer')).to.equal(0);
    await engine.removeContainer(id, { force: true });
    await world.settle(60_000);
    expect(world.running()).to.have.length(1);
  });

  it('by the container of this very task, whose create was not answered, is adopted (fault 37)', async () => {
    const error = new DswarmError('DSW_DOCKER_TIMEOUT', 'create container: no answer within 30 s', { where: 'h1' });
    const world = await World.create({ nodes: 1, ...failing({ h1: { createContainer: { fail: 'after', error, times: 1 } } }) });
    await world.apply(service('web'));
    await world.settle(30_000);
    expect(world.running()).to.have.length(1);
    expect(calls(world, 'h1', 'createContainer')).to.equal(1);
    expect(calls(world, 'h1', 'removeContainer')).to.equal(0);
  });

  it('by a container of ours with another spec is replaced (fault 37)', async () => {
    const spec = await specOfWeb();
    const world = await World.create({ nodes: 1 });
    const labels = identityLabels({ cluster: 'default', namespace: 'default', task: 'web.1.old', spec: { ...spec, specHash: 'v1:0' } });
    const { id } = await world.hosts.engine('h1').createContainer(spec.containerName, config(labels));
    await world.settle();
    await world.apply(service('web'));
    await world.settle(30_000);
    expect(world.running()).to.have.length(1);
    expect(world.containers()).to.have.length(1);
    expect(world.hosts.engine('h1').containers.has(id)).to.equal(false);
    await world.expectQuiet();
  });
});

describe('a host port that is taken', () => {
  const ports = [{ target: 80, published: 8080, protocol: 'tcp' as const, mode: 'host' as const }];

  it('by somebody else is a PortConflict there, and the next host takes the task, without a loop of creates (fault 39)', async () => {
    const world = await World.create({ nodes: 2 });
    world.hosts.engine('h1').takenPorts.add('8080/tcp');
    await world.apply(service('web', { replicas: 1, ports }));
    await world.settle();
    expect(at(world, 'h2')).to.have.length(1);
    expect(world.told.some(({ reason, message }) => reason === 'PortConflict' && message.includes('port is already allocated'))).to.equal(
      true,
    );
    expect(world.service('web').status).to.include({ state: 'Ready' });
    expect(world.containers()).to.have.length(1);
    expect(calls(world, 'h1', 'createContainer')).to.equal(1);
    await world.expectQuiet();
  });

  it('on every host waits with counts, is tried now and then, and goes on when it is free (fault 39)', async () => {
    const world = await World.create({ nodes: 2 });
    for (const name of ['h1', 'h2']) world.hosts.engine(name).takenPorts.add('8080/tcp');
    await world.apply(service('web', { replicas: 1, ports }));
    await world.settle();
    expect(statuses(world, 'web').map(({ reason }) => reason)).to.include('PortConflict');
    await world.settle(3_600_000);
    const creates = calls(world, 'h1', 'createContainer') + calls(world, 'h2', 'createContainer');
    expect(creates).to.be.within(2, 60);
    expect(world.running()).to.deep.equal([]);
    for (const name of ['h1', 'h2']) world.hosts.engine(name).takenPorts.clear();
    await world.settle(300_000);
    expect(world.running()).to.have.length(1);
    expect(world.containers()).to.have.length(1);
    await world.expectQuiet();
  });

  it('by another service is decided when tasks are placed: the later one waits, and nothing is tried (fault 40)', async () => {
    const world = await World.create({ nodes: 1 });
    await world.apply(service('first', { ports }));
    await world.settle();
    await world.apply(service('later', { ports }));
    await world.settle(60_000);
    expect(world.service('later').status).to.include({ state: 'Pending' });
    expect(world.service('later').status?.message).to.contain('host-mode port already in use on 1 node');
    expect(calls(world, 'h1', 'createContainer')).to.equal(1);
    await world.delete('Service', 'first', 'default');
    await world.settle(10_000);
    expect(world.service('later').status).to.include({ state: 'Ready' });
  });
});

describe('an address that is taken', () => {
  const ports = [{ target: 80, protocol: 'tcp' as const, mode: 'host' as const }];
  const said: [string, string, Partial<ServiceSpec>][] = [
    ['by a container that is not ours: the next task has another address', 'Address already in use', {}],
    ['by nobody knows what', 'listen: address already in use', {}],
    ['as a port that the task does not bind', 'Bind for 0.0.0.0:32768 failed: port is already allocated', { ports }],
  ];
  for (const [how, message, spec] of said)
    it(`${how}; it is tried less and less often`, async () => {
      const tried: string[] = [];
      let first: unknown;
      // Another container than the first has another address; without one the fault is the host's.
      const when = (id: unknown): boolean => {
        tried.push(String(id));
        first ??= id;
        return id === first || message !== 'Address already in use';
      };
      const fault = failing({ h1: { startContainer: { fail: 'before', error: refused(message), when } } });
      const world = await World.create({ nodes: 1, dataPlane: true, ...fault });
      await world.apply(service('web', spec));
      await world.settle(60_000);
      if (message === 'Address already in use') {
        expect(tried).to.have.length(2);
        expect(world.running()).to.have.length(1);
        const [rejected] = world.history('web');
        expect(rejected?.status).to.include({ state: 'Rejected', reason: 'AddressConflict' });
        expect(rejected?.status?.message).to.contain(`something else on the host has ${String(rejected?.spec.addresses?.['default'])}`);
        expect(world.tasks('web')[0]?.spec.addresses).not.to.deep.equal(rejected?.spec.addresses);
        await world.expectQuiet();
      } else expect(tried.length).to.be.within(3, 10);
    });

  it('is given to no task once the host was seen to have it, whoever has it', async () => {
    const world = await World.create({ nodes: 1, dataPlane: true });
    await world.apply(service('web'));
    await world.settle();
    const engine = world.hosts.engine('h1');
    const HostConfig = { RestartPolicy: { Name: 'no' as const }, NetworkMode: 'dswarm_default_default' };
    for (let index = 0; index < 150; index += 1) {
      const { id } = await engine.createContainer(`theirs-${index}`, { Image: IMAGE, Labels: {}, HostConfig });
      await engine.startContainer(id);
    }
    await world.apply(service('first'));
    await world.settle(60_000);
    const rejected = world.history('first').length;
    await world.apply(service('api', { replicas: 20 }));
    await world.settle(60_000);
    expect(world.history('api')).to.deep.equal([]);
    expect(rejected, 'at most the address that was given before anything was seen').to.be.at.most(1);
    expect(world.service('api').status).to.include({ state: 'Ready', summary: '20/20' });
    await world.expectQuiet();
  });

  it('is given anew on the same host where the data is there', async () => {
    let first: unknown;
    const when = (id: unknown): boolean => id === (first ??= id);
    const error = refused('Address already in use');
    const world = await World.create({
      nodes: 2,
      dataPlane: true,
      ...failing({ h1: { startContainer: { fail: 'before', error, when } } }),
    });
    world.hosts.engine('h1').volumes.create('data');
    await world.settle();
    const volumes = [{ type: 'volume' as const, source: 'data', target: '/data', readOnly: false }];
    await world.apply(service('db', { volumes }));
    await world.settle(60_000);
    expect(at(world, 'h1')).to.have.length(1);
    expect(first).to.be.a('string');
    await world.expectQuiet();
  });
});

describe('a container that cannot be started', () => {
  const message = 'OCI runtime create failed: exec: "no-such": executable file not found in $PATH: unknown';

  it('is RunContainerError with the engine’s words; it is kept for the next try, and tried less and less often (fault 41)', async () => {
    const error = refused(message);
    const world = await World.create({ nodes: 1, ...failing({ h1: { startContainer: { fail: 'before', error, times: 12 } } }) });
    await world.apply(service('web'));
    await world.settle(5_000);
    expect(statuses(world, 'web')[0]).to.include({ reason: 'RunContainerError' });
    expect(statuses(world, 'web')[0]?.message).to.contain(message);
    expect(world.containers()).to.have.length(1);
    await world.settle(60_000);
    expect(calls(world, 'h1', 'createContainer')).to.equal(1);
    await world.settle(600_000);
    expect(world.running()).to.have.length(1);
    await world.expectQuiet();
  });
});

/** Both kinds of pressure, from the first sign to the recovery. */
async function underPressure(type: 'DiskPressure' | 'PIDPressure', message: string): Promise<void> {
  let isFull = true;
  const error = refused(message);
  const call = type === 'DiskPressure' ? 'createContainer' : 'startContainer';
  const world = await World.create(failing({ h1: { [call]: { fail: 'before', error, when: () => isFull } } }));
  await world.apply(service('web', { replicas: 6 }));
  await world.settle(8_000);
  expect(at(world, 'h1')).to.deep.equal([]);
  expect(world.running()).to.have.length(6);
  expect(condition(world, 'h1')).to.deep.equal(['Ready', type]);
  expect(nodeStatus(world, 'h1').conditions?.[1]?.message).to.contain(message);
  expect(world.told.some(({ about, reason }) => about === 'Node/h1' && reason === `NodeHas${type}`)).to.equal(true);
  await world.apply(service('more', { replicas: 3 }));
  await world.settle(1_000);
  expect(at(world, 'h1')).to.deep.equal([]);
  expect(world.running()).to.have.length(9);
  await world.apply(service('pinned', { placement: { constraints: ['node.hostname==h1'], maxReplicasPerNode: 0 } }));
  await world.settle(3_600_000);
  expect(world.hosts.engine('h1').mutatingCalls.length, 'calls that change the host in an hour').to.be.lessThan(60);
  expect(world.service('pinned').status?.message).to.contain(message);
  isFull = false;
  await world.settle(300_000);
  expect(at(world, 'h1')).to.have.length(1);
  expect(condition(world, 'h1')).to.deep.equal(['Ready']);
  await world.settle(60_000);
  await world.expectQuiet();
}

describe('a host under pressure', () => {
  it('of its disk gets no more tasks, says why, and is not asked again and again; it is used again once it has recovered (fault 52)', async () => {
    await underPressure('DiskPressure', 'mkdir /var/lib/docker/overlay2/4f-init: no space left on device');
  });

  it('of processes gets no more tasks, says why, and is not asked again and again; it is used again once it has recovered (fault 53)', async () => {
    await underPressure('PIDPressure', 'OCI runtime create failed: fork/exec /proc/self/exe: resource temporarily unavailable');
  });
});

describe('an update that its host has no room for', () => {
  it('goes elsewhere, and stops what it replaces first there too (fault 52)', async () => {
    const world = await World.create({ nodes: 2 });
    await world.apply(service('web'));
    await world.settle();
    const { node: home } = world.anyRunning();
    world.hosts.engine(home).isFull = true;
    const seen = sample(world);
    await world.apply(service('web', { image: IMAGE_2 }));
    await world.settle(60_000);
    seen.stop();
    expect(world.running()).to.have.length(1);
    expect(world.anyRunning().node).to.not.equal(home);
    expect(seen.most).to.equal(1);
    await world.expectQuiet();
  });
});

describe('a removal that the engine cannot finish', () => {
  it('is tried again with backoff, and the rollout goes on (fault 56)', async () => {
    const error = refused('removal of container 7f3a is already in progress');
    let stuck: string | undefined;
    const when = (id: unknown): boolean => (stuck ??= id as string) === id;
    const world = await World.create({ nodes: 2, ...failing({ h1: { removeContainer: { fail: 'before', error, times: 8, when } } }) });
    await world.apply(service('web', { replicas: 4 }));
    await world.settle();
    await world.apply(service('web', { replicas: 4, image: IMAGE_2 }));
    await world.settle(60_000);
    const on = world.containers('running').map(({ container }) => container.config.Image);
    expect(on).to.deep.equal([IMAGE_2, IMAGE_2, IMAGE_2, IMAGE_2]);
    await world.settle(300_000);
    expect(world.containers()).to.have.length(4);
    expect(world.service('web').status).to.include({ state: 'Ready' });
    await world.expectQuiet();
  });
});
