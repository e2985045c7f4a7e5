import { expect } from 'chai';
import type { ServiceSpec, ServiceStatus } from '../../lib/types/generated.ts';
import { specHash } from '../../lib/plan/spec-hash.ts';
import { ROLLBACK_ANNOTATION, ROLLOUT_PAUSED_ANNOTATION } from '../../lib/types/objects.ts';
import { healthcheck, IMAGE, IMAGE_2, service, World } from '../controllers/harness.ts';

const BAD = 'registry.test/none:9';

type Update = Partial<ServiceSpec['update']>;
const settings = (update: Update, rollback: Partial<ServiceSpec['rollback']> = {}): Pick<ServiceSpec, 'update' | 'rollback'> => ({
  update: { ...service('x').spec.update, ...update },
  rollback: { ...service('x').spec.rollback, ...rollback },
});

const statusOf = (world: World): ServiceStatus => world.service('web').status ?? {};
const updateOf = (world: World): NonNullable<ServiceStatus['update']> => statusOf(world).update ?? {};
const images = (world: World): (string | undefined)[] => world.containers('running').map(({ container }) => container.config.Image);

/** A converged service, then its next spec. */
async function start(from: Partial<ServiceSpec>, to: Partial<ServiceSpec>, ms = 20_000): Promise<World> {
  const world = await World.create();
  await world.apply(service('web', from));
  await world.settle();
  await world.apply(service('web', to));
  await world.settle(ms);
  return world;
}

describe('a rollout', () => {
  it('is none at first: a new service has no update status, and one revision', async () => {
    const world = await World.create();
    await world.apply(service('web', { replicas: 3 }));
    await world.settle();
    expect(statusOf(world)).to.not.have.property('update');
    expect(statusOf(world)).to.include({ revision: 1, state: 'Ready' });
    expect(world.store.snapshot().list('Revision')).to.have.length(1);
  });

  it('brings every slot to the new spec and says so (conformance C057)', async () => {
    const world = await start({ replicas: 3 }, { replicas: 3, image: IMAGE_2 });
    expect(images(world)).to.deep.equal(Array(3).fill(IMAGE_2));
    expect(updateOf(world)).to.include({ state: 'completed', message: 'update completed', total: 3, started: 3, failures: 0 });
    expect(statusOf(world)).to.include({ revision: 2, previousRevision: 1, state: 'Ready' });
    await world.expectQuiet();
  });

  it('is not begun by scaling, labels or update settings', async () => {
    const world = await start({ replicas: 2 }, { replicas: 3, ...settings({ delay: '9s', parallelism: 2 }) });
    expect(statusOf(world)).to.not.have.property('update');
    expect(statusOf(world)).to.include({ state: 'Ready', ready: 3 });
    expect(world.store.snapshot().list('Revision')).to.have.length(1);
  });

  it('waits for delay after each batch and watches one more monitor time at the end', async () => {
    const spec = { replicas: 4, ...settings({ parallelism: 2, delay: '10s', monitor: '3s' }) };
    const world = await start(spec, { ...spec, image: IMAGE_2 }, 9_000);
    expect(images(world).filter((image) => image === IMAGE_2)).to.have.length(2);
    await world.settle(2_000);
    expect(images(world)).to.deep.equal(Array(4).fill(IMAGE_2));
    await world.settle(18_000);
    // Swarm watches for delay + 1s where the delay is not shorter than monitor.
    expect(updateOf(world).state).to.equal('updating');
    await world.settle(4_000);
    expect(updateOf(world).state).to.equal('completed');
    await world.expectQuiet();
  });

  it('pauses on a bad image with the failures allowed, having tried two and taken down none (conformance C073)', async () => {
    const spec = { replicas: 5, ...settings({ maxFailureRatio: 0.25 }) };
    const world = await start(spec, { ...spec, image: BAD });
    expect(images(world)).to.deep.equal(Array(5).fill(IMAGE));
    expect(updateOf(world)).to.include({ state: 'paused', started: 2, failures: 2 });
    expect(updateOf(world).message).to.match(/^update paused due to failure or early termination of task web\.\d\.\w+$/);
    expect(statusOf(world)).to.include({ state: 'Stalled' });
    expect(statusOf(world).message).to.contain('none:9');
  });

  it('changes nothing while paused, until the spec is edited (conformance C063)', async () => {
    const world = await start({ replicas: 3 }, { replicas: 3, image: BAD });
    const before = updateOf(world);
    await world.settle(600_000);
    expect(updateOf(world)).to.deep.equal(before);
    await world.apply(service('web', { replicas: 3, image: IMAGE_2 }));
    await world.settle(20_000);
    expect(images(world)).to.deep.equal(Array(3).fill(IMAGE_2));
    expect(updateOf(world).state).to.equal('completed');
  });

  it('goes on over failures where it shall (conformance C064)', async () => {
    const spec = { replicas: 3, ...settings({ failureAction: 'continue' }) };
    const world = await start(spec, { ...spec, image: BAD });
    expect(updateOf(world)).to.include({ state: 'completed', started: 3, failures: 3 });
  });

  it('counts a crash while it is monitored, once the engine has had to restart the task', async () => {
    const world = await World.create();
    await world.apply(service('web', { replicas: 3 }));
    await world.settle();
    await world.apply(service('web', { replicas: 3, image: IMAGE_2 }));
    await world.settle(100);
    const fresh = world.containers('running').find(({ container }) => container.config.Image === IMAGE_2);
    if (fresh === undefined) throw new Error('no new task');
    world.hosts.engines.get(fresh.node)?.crash(fresh.container.id, 1);
    await world.settle(20_000);
    expect(updateOf(world)).to.include({ state: 'paused', failures: 1 });
    expect(world.containers('running')).to.have.length(3);
  });

  it('fails when it makes no progress for progressDeadline', async () => {
    const world = await World.create({ engine: { healthAfter: 'manual' } });
    const spec = { replicas: 3, ...settings({ progressDeadline: '2m' }) };
    await world.apply(service('web', spec));
    await world.settle();
    await world.apply(service('web', { ...spec, healthcheck }));
    await world.settle(115_000);
    expect(updateOf(world).state).to.equal('updating');
    await world.settle(10_000);
    expect(updateOf(world)).to.include({ state: 'paused', message: 'update paused due to no progress for 2m (progressDeadline)' });
  });

  it('is superseded by a newer spec', async () => {
    const spec = { replicas: 4, ...settings({ delay: '30s' }) };
    const world = await start(spec, { ...spec, image: IMAGE_2 }, 5_000);
    expect(images(world).filter((image) => image === IMAGE_2)).to.have.length(1);
    await world.apply(service('web', { ...spec, env: { A: '1' }, ...settings({ parallelism: 0 }) }));
    await world.settle(20_000);
    expect(images(world)).to.deep.equal(Array(4).fill(IMAGE));
    expect(updateOf(world)).to.include({ state: 'completed', total: 4 });
    // The second revision never came to its end: a rollback would lead to the first.
    expect(statusOf(world)).to.include({ revision: 3, previousRevision: 1 });
  });

  it('is held and let go by an annotation', async () => {
    const world = await World.create();
    const held = service('web', { replicas: 3, image: IMAGE_2 });
    held.metadata.annotations = { [ROLLOUT_PAUSED_ANNOTATION]: 'true' };
    await world.apply(service('web', { replicas: 3 }));
    await world.settle();
    await world.apply(held);
    await world.settle(3_600_000);
    expect(images(world)).to.deep.equal(Array(3).fill(IMAGE));
    expect(updateOf(world)).to.include({ state: 'updating', held: true });
    const { status, metadata } = world.service('web');
    await world.store.commit([
      { put: { ...held, metadata: { ...metadata, annotations: {} }, ...(status === undefined ? {} : { status }) } },
    ]);
    await world.settle(30_000);
    expect(images(world)).to.deep.equal(Array(3).fill(IMAGE_2));
    expect(updateOf(world)).to.include({ state: 'completed' });
    expect(updateOf(world)).to.not.have.property('held');
  });
});

describe('a rollback', () => {
  const rollback = { replicas: 4, ...settings({ failureAction: 'rollback', maxFailureRatio: 0.4 }) };

  it('follows the second failure of four with 0.4 allowed, and keeps the tasks that are right (conformance C067)', async () => {
    const world = await World.create();
    await world.apply(service('web', rollback));
    await world.settle();
    const before = world.running();
    await world.apply(service('web', { ...rollback, image: BAD }));
    await world.settle(30_000);
    expect(world.running()).to.deep.equal(before);
    expect(updateOf(world)).to.include({ state: 'rollback_completed', message: 'rollback completed', failedGeneration: 2 });
    expect(updateOf(world).cause).to.match(/^update rolled back due to failure or early termination of task web\./);
    expect(statusOf(world)).to.include({ state: 'Stalled', revision: 1, ready: 4, updated: 4 });
    expect(statusOf(world).message).to.contain('rolled back to revision 1; spec of generation 2 failed');
    await world.expectQuiet();
  });

  it('leaves the spec alone, serves through scaling, and tries the failed spec no second time', async () => {
    const world = await start(rollback, { ...rollback, image: BAD }, 30_000);
    expect(world.service('web').spec.image).to.equal(BAD);
    await world.apply(service('web', { ...rollback, replicas: 6, image: BAD }));
    await world.settle(30_000);
    expect(images(world)).to.deep.equal(Array(6).fill(IMAGE));
    await world.apply(service('web', { ...rollback, replicas: 6, image: IMAGE_2 }));
    await world.settle(30_000);
    expect(images(world)).to.deep.equal(Array(6).fill(IMAGE_2));
    expect(updateOf(world).state).to.equal('completed');
    expect(statusOf(world)).to.include({ state: 'Ready', previousRevision: 1 });
  });

  it('brings the replaced tasks back, by the settings of the rollback', async () => {
    const world = await World.create();
    const spec = { replicas: 5, ...settings({ failureAction: 'rollback', parallelism: 2, monitor: '60s' }, { parallelism: 3 }) };
    await world.apply(service('web', spec));
    await world.settle();
    await world.apply(service('web', { ...spec, image: IMAGE_2 }));
    await world.settle(10_000);
    const [fresh] = world.containers('running');
    expect(images(world)).to.deep.equal(Array(5).fill(IMAGE_2));
    world.hosts.engines.get(fresh?.node ?? '')?.crash(fresh?.container.id ?? '', 1);
    await world.settle(60_000);
    expect(images(world)).to.deep.equal(Array(5).fill(IMAGE));
    expect(updateOf(world)).to.include({ state: 'rollback_completed', total: 5 });
    await world.expectQuiet();
  });

  it('that a person asks for goes by the settings of the rollback, too: 3 at once, then the other 2 (conformance C071)', async () => {
    const world = await World.create();
    const spec = { replicas: 5, ...settings({ parallelism: 1, delay: '1s' }, { parallelism: 3, delay: '20s' }) };
    await world.apply(service('web', spec));
    await world.settle();
    await world.apply(service('web', { ...spec, image: IMAGE_2 }));
    await world.settle(60_000);
    expect(images(world)).to.deep.equal(Array(5).fill(IMAGE_2));
    const back = service('web', spec);
    back.metadata.annotations = { [ROLLBACK_ANNOTATION]: specHash(back.spec) };
    await world.apply(back);
    await world.settle(10_000);
    expect(images(world).filter((image) => image === IMAGE)).to.have.length(3);
    await world.settle(60_000);
    expect(images(world)).to.deep.equal(Array(5).fill(IMAGE));
    await world.apply({ ...service('web', { ...spec, image: IMAGE_2 }), metadata: { ...back.metadata } });
    await world.settle(700);
    expect(images(world).filter((image) => image === IMAGE_2)).to.have.length(1);
  });

  it('never leads to a rollback: it pauses (conformance C068)', async () => {
    const world = await World.create();
    await world.apply(service('web', { ...rollback, replicas: 2, ...settings({ failureAction: 'rollback', monitor: '60s' }) }));
    await world.settle();
    const next = { ...rollback, replicas: 2, image: IMAGE_2, ...settings({ failureAction: 'rollback', monitor: '60s' }) };
    await world.apply(service('web', next));
    await world.settle(10_000);
    // The image that the rollback needs is gone meanwhile.
    for (const engine of world.hosts.engines.values()) engine.images.delete(IMAGE);
    const [fresh] = world.containers('running');
    world.hosts.engines.get(fresh?.node ?? '')?.crash(fresh?.container.id ?? '', 1);
    await world.settle(60_000);
    expect(updateOf(world).state).to.equal('rollback_paused');
    expect(updateOf(world).message).to.match(/^rollback paused due to failure or early termination of task web\./);
    expect(world.containers('running')).to.have.length(2);
  });

  it('goes on over failures where it shall (conformance C069)', async () => {
    const world = await World.create();
    const spec = { replicas: 2, ...settings({ failureAction: 'rollback', monitor: '60s' }, { failureAction: 'continue' }) };
    await world.apply(service('web', spec));
    await world.settle();
    await world.apply(service('web', { ...spec, image: IMAGE_2 }));
    await world.settle(10_000);
    for (const engine of world.hosts.engines.values()) engine.images.delete(IMAGE);
    const [fresh] = world.containers('running');
    world.hosts.engines.get(fresh?.node ?? '')?.crash(fresh?.container.id ?? '', 1);
    await world.settle(60_000);
    expect(updateOf(world)).to.include({ state: 'rollback_completed', failures: 2 });
  });
});

describe('revisions', () => {
  it('are kept, ten of them, and go with their service', async () => {
    const world = await World.create();
    for (let n = 1; n <= 13; n += 1) {
      await world.apply(service('web', { replicas: 1, env: { N: String(n) }, ...settings({ monitor: '1s' }) }));
      await world.settle(5_000);
    }
    const numbers = world.store
      .snapshot()
      .list('Revision')
      .map((revision) => revision.spec.revision);
    expect(numbers.sort((a, b) => a - b)).to.deep.equal([4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    expect(statusOf(world).revisions?.map((ref) => ref.revision)).to.deep.equal(numbers);
    await world.delete('Service', 'web', 'default');
    await world.settle();
    expect(world.store.snapshot().list('Revision')).to.have.length(0);
  });

  it('of a spec seen before move to its end under a new number', async () => {
    const world = await start({ replicas: 1 }, { replicas: 1, image: IMAGE_2 });
    await world.apply(service('web', { replicas: 1 }));
    await world.settle(20_000);
    expect(statusOf(world).revisions?.map((ref) => ref.revision)).to.deep.equal([2, 3]);
    expect(statusOf(world)).to.include({ revision: 3, previousRevision: 2 });
  });
});
