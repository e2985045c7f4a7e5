import { expect } from 'chai';
import { withDocker, withMethods } from '../fakes/intercept.ts';
import { node, type World, type WorldOptions } from './harness.ts';
import { end, worldWith } from './job-world.ts';

const SLOW = 'registry.test/slow:1';
const PULL_MS = 20_000;

describe('a job’s task that ends while its node is drained', () => {
  let world: World;
  let first: { node: string; id: string };

  /** The one slot runs on h1, and is on its way to h2, where its image is pulled. */
  const moving = async (options: WorldOptions = {}): Promise<void> => {
    const engine = { pullable: { [SLOW]: PULL_MS }, images: [] };
    world = await worldWith({ image: SLOW }, { nodes: 1, engine, ...options });
    await world.settle(PULL_MS);
    world.hosts.add('h2', engine);
    await world.apply(node('h2'));
    await world.settle();
    await world.apply(node('h1', { availability: 'drain' }));
    await world.settle(PULL_MS / 4);
    expect(world.running()).to.have.length(1);
    expect(world.tasks('job').map(({ spec }) => spec.node)).to.have.members(['h1', 'h2']);
  };

  const expectDone = async (): Promise<void> => {
    expect(world.containers().map(({ container }) => container.id)).to.deep.equal([first.id]);
    expect(world.service('job').status).to.deep.include({ state: 'Complete', summary: '0/0 (1/1 completed)' });
    expect(world.tasks('job').map(({ status }) => [status?.state, status?.desiredState])).to.deep.equal([['Complete', 'Complete']]);
  };

  it('has completed where it ended well: what was to replace it goes before it has started', async () => {
    await moving();
    first = end(world, '0');
    await world.settle(1_000);
    const [task] = world.tasks('job').filter(({ spec }) => spec.node === 'h1');
    expect([task?.status?.state, task?.status?.desiredState]).to.deep.equal(['Complete', 'Complete']);
    await world.settle(PULL_MS);
    await expectDone();
    await world.stopController();
    world.startController();
    await world.settle(2 * PULL_MS);
    await expectDone();
    await world.expectQuiet();
  });

  it('has completed where that is seen only as it is told to stop', async () => {
    await moving({
      wrap: (hosts) =>
        withDocker(hosts, (docker) =>
          withMethods(docker, {
            stopContainer: (id, grace) => {
              first = end(world, '0');
              return docker.stopContainer(id, grace);
            },
          }),
        ),
    });
    await world.settle(PULL_MS);
    await expectDone();
    await world.expectQuiet();
  });

  it('runs again where it failed', async () => {
    await moving();
    end(world, '0', 1);
    await world.settle(2 * PULL_MS);
    expect(world.running().map((name) => name.split('/')[0])).to.deep.equal(['h2']);
  });

  it('runs again where it ended well once told to, however long that took to be heard', async () => {
    let isLost = true;
    await moving({
      wrap: (hosts) =>
        withDocker(hosts, (docker) =>
          withMethods(docker, {
            stopContainer: async (id, grace) => {
              const ran = await docker.stopContainer(id, grace);
              if (isLost) throw new Error('the answer was lost');
              return ran;
            },
          }),
        ),
    });
    await world.settle(PULL_MS);
    isLost = false;
    await world.settle(PULL_MS);
    expect(world.running().map((name) => name.split('/')[0])).to.deep.equal(['h2']);
  });

  it('runs again where a controller before this one may have told it to stop', async () => {
    await moving();
    await world.stopController();
    end(world, '0');
    world.startController();
    await world.settle(3 * PULL_MS);
    expect(world.running().map((name) => name.split('/')[0])).to.deep.equal(['h2']);
  });
});
