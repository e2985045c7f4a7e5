import { expect } from 'chai';
import { DswarmError } from '../../lib/errors/error.ts';
import type { Docker } from '../../lib/ports/docker.ts';
import type { Hosts } from '../../lib/ports/hosts.ts';
import type { FakeHosts } from '../fakes/hosts.ts';
import { intercept, withDocker, type Overrides } from '../fakes/intercept.ts';
import { TaskStates } from '../sim/task-states.ts';
import { IMAGE, IMAGE_2, service, World } from './harness.ts';

const SLOW = 'registry.test/slow:1';
const NONE = 'registry.test/none:1';

/** Every state that the store was told of each task, in order, and what was wrong with that. */
function follow(world: World): { states: Map<string, string[]>; wrong: string[] } {
  const seen = { states: new Map<string, string[]>(), wrong: [] as string[] };
  const order = new TaskStates();
  world.store.watch(world.store.snapshot().revision).subscribe((event) => {
    const wrong = order.check(event);
    if (wrong !== undefined) seen.wrong.push(wrong);
    if (event.object.kind !== 'Task' || event.type === 'DELETED') return;
    const { name } = event.object.metadata;
    const states = seen.states.get(name) ?? [];
    seen.states.set(name, states);
    const state = event.object.status?.state ?? '';
    if (states.at(-1) !== state) states.push(state);
  });
  return seen;
}

const calls = (world: World, op: string): number => world.mutations().filter((call) => call.endsWith(op)).length;

describe('the states of a task', () => {
  it('are assigned before its node is asked for anything, prepared once, ready, running (conformance C087)', async () => {
    const recorded: string[] = [];
    const look = (docker: Docker): Docker => ({
      ...docker,
      createContainer: (name, config) => {
        const task = world.store.snapshot().get({ kind: 'Task', namespace: 'default', name: config.Labels['dswarm/task'] ?? '' });
        recorded.push(`${task?.spec.node ?? ''} ${task?.status?.state ?? ''}`);
        return docker.createContainer(name, config);
      },
    });
    const looking = (hosts: FakeHosts): Hosts => withDocker(hosts, look);
    const world: World = await World.create({ nodes: 1, engine: { pullable: { [SLOW]: 30_000 } }, wrap: looking });
    const seen = follow(world);
    await world.apply(service('web', { image: SLOW, restart: { condition: 'any', delay: '20s' } }));
    await world.settle(20_000);
    expect(world.tasks('web').map(({ status }) => [status?.state, status?.desiredState])).to.deep.equal([['Preparing', 'Running']]);
    await world.settle(20_000);
    const found = world.anyRunning();
    world.hosts.engine(found.node).crash(found.container.id);
    await world.settle(60_000);
    expect([...seen.states.values()]).to.deep.equal([
      ['Preparing', 'Running', 'Failed'],
      ['Preparing', 'Ready', 'Created', 'Running'],
    ]);
    expect(recorded).to.deep.equal(['h1 Preparing', 'h1 Preparing']);
    expect([calls(world, 'pullImage'), calls(world, 'createContainer')]).to.deep.equal([1, 2]);
  });

  it('go on where a task was prepared already, by a controller that died or whose answer was lost (conformance C088)', async () => {
    const lost = new DswarmError('DSW_DOCKER_TIMEOUT', 'the answer took too long');
    const deaf = { is: true };
    const faults: Overrides = {
      createContainer: { fail: 'after', error: lost, times: 1 },
      startContainer: { fail: 'hang', when: () => deaf.is },
    };
    const wrap = (hosts: FakeHosts): Hosts => withDocker(hosts, (docker) => intercept(docker, faults));
    const world = await World.create({ nodes: 1, wrap });
    await world.apply(service('web'));
    await world.settle(2_000);
    expect(world.containers().map(({ container }) => container.state)).to.deep.equal(['created']);
    await world.stopController();
    deaf.is = false;
    world.startController();
    await world.settle();
    expect(world.running()).to.have.length(1);
    expect([calls(world, 'pullImage'), calls(world, 'createContainer'), calls(world, 'startContainer')]).to.deep.equal([0, 1, 1]);
    expect(world.history('web')).to.deep.equal([]);
  });

  it('end with Rejected, and the error, where a task cannot be prepared; another is tried until one can (conformance C089)', async () => {
    const world = await World.create({ nodes: 1 });
    const seen = follow(world);
    await world.apply(service('web', { image: NONE }));
    await world.settle(1_900);
    const [rejected] = world.tasks('web');
    expect(rejected?.status).to.include({ state: 'Rejected', reason: 'ImagePullBackOff' });
    expect(rejected?.status?.message).to.include(`manifest for ${NONE} not found`);
    expect(world.service('web').status).to.include({ state: 'Stalled' });
    await world.settle(60_000);
    const [latest] = world.history('web');
    expect(latest?.status).to.include({ state: 'Rejected', desiredState: 'Shutdown', reason: 'ImagePullBackOff' });
    expect(latest?.status?.message).to.include(`manifest for ${NONE} not found`);
    expect(world.history('web')).to.have.length(4);
    world.hosts.engine('h1').pullable.set(NONE, 10);
    await world.settle(60_000);
    expect(world.running()).to.have.length(1);
    expect(world.tasks('web').map(({ status }) => status?.state)).to.deep.equal(['Running']);
    expect(seen.wrong).to.deep.equal([]);
    await world.expectQuiet();
  });

  it('after a rejection the next try is placed as a new task is, not on the same node by habit', async () => {
    const world = await World.create({ nodes: 2 });
    const on = (name: string, hostname: string, image: string): Promise<void> =>
      world.apply(service(name, { image, placement: { constraints: [`node.hostname==${hostname}`], maxReplicasPerNode: 0 } }));
    world.hosts.engine('h2').images.delete(IMAGE);
    await on('other', 'h1', IMAGE);
    await world.settle();
    await world.apply(service('web'));
    await world.settle(2_000);
    expect(world.tasks('web').map(({ spec, status }) => [spec.node, status?.state])).to.deep.equal([['h2', 'Rejected']]);
    await on('more', 'h2', IMAGE_2);
    await world.settle(60_000);
    expect(world.running().filter((name) => name.includes('_web.'))).to.have.length(1);
  });

  it('never go backwards: a container that is started again after its task has ended is not its task again (conformance C096)', async () => {
    const world = await World.create({ nodes: 1 });
    const seen = follow(world);
    await world.apply(service('once', { restart: { condition: 'none' } }));
    await world.apply(service('last', { restart: { condition: 'any', delay: '0s', maxAttempts: 1 } }));
    await world.settle();
    for (let round = 0; round < 2; round += 1) {
      for (const { container } of world.containers('running')) world.hosts.engine('h1').crash(container.id, round);
      await world.settle();
    }
    const summaries = (): unknown[] => ['once', 'last'].map((name) => world.service(name).status?.summary);
    expect([world.containers('exited').length, ...summaries()]).to.deep.equal([2, '1/1', '0/1']);
    for (const { container } of world.containers()) await world.hosts.engine('h1').startContainer(container.id);
    await world.settle();
    const states = (name: string): unknown[] => world.tasks(name).map(({ status }) => status?.state);
    expect([states('once'), states('last')]).to.deep.equal([['Complete'], ['Failed']]);
    world.hosts.cut('h1');
    await world.settle();
    expect([states('once'), states('last')]).to.deep.equal([['Complete'], ['Failed']]);
    world.hosts.mend('h1');
    await world.settle();
    expect([states('once'), states('last'), ...summaries()]).to.deep.equal([['Complete'], ['Failed'], '1/1', '0/1']);
    expect(seen.wrong).to.deep.equal([]);
  });

  it('is Complete after exit code 0, Failed after another, whatever the restart condition', async () => {
    const world = await World.create({ nodes: 1 });
    for (const condition of ['any', 'on-failure', 'none'] as const)
      for (const code of [0, 1]) {
        const name = `${condition}-${code}`;
        await world.apply(service(name, { restart: { condition, delay: '10m' } }));
        await world.settle();
        const found = world.containers('running').find(({ container }) => container.config.Labels['dswarm/service'] === name);
        world.hosts.engine('h1').crash(found?.container.id ?? '', code);
        await world.settle();
        const [ended] = [...world.history(name), ...world.tasks(name)];
        expect([ended?.status?.state, ended?.status?.exitCode, ended?.status?.reason], name).to.deep.equal(
          code === 0 ? ['Complete', 0, 'Completed'] : ['Failed', 1, 'Error'],
        );
      }
  });
});
