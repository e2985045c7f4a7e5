import { expect } from 'chai';
import type { ServiceSpec } from '../../lib/types/generated.ts';
import type { World } from './harness.ts';
import { end, finish, worldWith } from './job-world.ts';

const FAILING: Partial<ServiceSpec> = { restart: { condition: 'on-failure', delay: '0s', maxAttempts: 1 } };

/** What the job's status tells, whenever it changes. */
function follow(world: World): unknown[] {
  const told: unknown[] = [];
  world.store.watch(world.store.snapshot().revision).subscribe(({ object }) => {
    if (object.kind !== 'Service') return;
    const { state, summary, job, conditions = [] } = object.status ?? {};
    told.push([state, summary, job?.failed, job?.completedAt, conditions.map(({ type, status }) => `${type}=${status}`)]);
  });
  return told;
}

describe('a job that is over', () => {
  for (const mode of ['replicated-job', 'global-job'] as const) {
    describe(`as a ${mode}`, () => {
      const failed = async (): Promise<World> => {
        const world = await worldWith({ mode, replicas: 2, ...FAILING }, { nodes: 2 });
        for (let attempt = 0; attempt < 2; attempt += 1) {
          end(world, mode === 'global-job' ? 'h1' : '0', 1);
          await world.settle();
        }
        await finish(world);
        expect(world.service('job').status?.state).to.equal('Failed');
        return world;
      };

      it('is Failed all the time while a controller begins, and its nodes come back one by one', async () => {
        const world = await failed();
        await world.stopController();
        for (const name of ['h1', 'h2']) world.hosts.cut(name);
        const told = follow(world);
        world.startController();
        await world.settle(20_000);
        for (const name of ['h1', 'h2']) {
          world.hosts.mend(name);
          await world.settle(20_000);
        }
        expect(told).to.deep.equal([]);
        expect(world.running()).to.deep.equal([]);
        await world.expectQuiet();
      });

      it('stays Failed, and is not tried once more, when the node where it failed is lost', async () => {
        const world = await failed();
        const told = follow(world);
        world.hosts.off('h1');
        await world.settle(120_000);
        world.hosts.on('h1');
        await world.settle(60_000);
        expect(told).to.deep.equal([]);
        expect(world.running()).to.deep.equal([]);
      });

      it('is Complete all the time while a controller begins, since the same time', async () => {
        const world = await worldWith({ mode, replicas: 2 }, { nodes: 2 });
        await finish(world);
        expect(world.service('job').status?.state).to.equal('Complete');
        await world.stopController();
        world.hosts.cut('h2');
        const told = follow(world);
        world.startController();
        await world.settle(20_000);
        world.hosts.mend('h2');
        await world.settle(20_000);
        expect(told).to.deep.equal([]);
      });
    });
  }
});
