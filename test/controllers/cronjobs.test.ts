import { expect } from 'chai';
import { IMAGE_2, service, World } from './harness.ts';
import { cronJob, MINUTE, runs, runTimes, statusOf, told, turnTo } from './cron-world.ts';
import { finish, job } from './job-world.ts';

/** Lets all tasks of all runs end, well or not. */
async function finishRuns(world: World, exitCode = 0): Promise<void> {
  for (const { node, container } of world.containers('running')) world.hosts.engine(node).crash(container.id, exitCode);
  await world.settle(500);
}

async function ticking(...args: Parameters<typeof cronJob>): Promise<World> {
  const world = await World.create({ nodes: 1 });
  await world.apply(cronJob(...args));
  await world.settle(1_000);
  return world;
}

describe('a cron job', () => {
  it('begins a run when it is due, as a service named after the time, and says what is next', async () => {
    const world = await ticking({ schedule: '*/5 * * * *' });
    expect(statusOf(world)).to.deep.include({ state: 'Scheduled', active: 0, nextScheduleTime: '2026-01-01T00:05:00Z', runs: [] });
    await turnTo(world, '00:04:58');
    expect(runs(world)).to.deep.equal([]);
    await turnTo(world, '00:05:00');
    const minutes = Date.parse('2026-01-01T00:05:00Z') / MINUTE;
    expect(runs(world).map(({ metadata, spec }) => [metadata.name, spec.mode])).to.deep.equal([[`tick-${minutes}`, 'replicated-job']]);
    expect(statusOf(world)).to.deep.include({
      active: 1,
      lastScheduleTime: '2026-01-01T00:05:00Z',
      nextScheduleTime: '2026-01-01T00:10:00Z',
      message: 'next run at 2026-01-01T00:10:00Z; 1 run goes on',
    });
    await world.settle();
    await finish(world, `tick-${minutes}`);
    const status = statusOf(world);
    expect(status).to.deep.include({ active: 0 });
    expect(status.lastSuccessfulTime?.slice(0, 16)).to.equal('2026-01-01T00:05');
    expect(status.runs).to.deep.equal([{ name: `tick-${minutes}`, scheduledAt: '2026-01-01T00:05:00Z', state: 'complete' }]);
    expect(told(world)).to.deep.equal(['RunStarted', 'RunCompleted']);
  });

  it('counts seconds where its schedule has six fields, and keeps to its time zone', async () => {
    const world = await ticking({ schedule: '*/20 * * * * *' });
    await turnTo(world, '00:00:41');
    expect(runTimes(world)).to.deep.equal(['00:00:20', '00:00:40']);
    const kolkata = await ticking({ schedule: '0 6 * * *', timeZone: 'Asia/Kolkata' });
    await turnTo(kolkata, '00:30:00');
    expect(runTimes(kolkata)).to.deep.equal(['00:30:00']);
  });

  it('with Allow begins runs beside those that go on', async () => {
    const world = await ticking();
    await turnTo(world, '00:03:00');
    expect(statusOf(world).active).to.equal(3);
    expect(world.containers('running')).to.have.length(3);
  });

  it('with Forbid begins none while one goes on, and makes up for the last time after it', async () => {
    const world = await ticking({ concurrencyPolicy: 'Forbid' });
    await turnTo(world, '00:03:30');
    expect(runTimes(world)).to.deep.equal(['00:01:00']);
    await finishRuns(world);
    expect(runTimes(world)).to.deep.equal(['00:01:00', '00:03:00']);
    expect(told(world)).to.include('MissedSchedule');
  });

  it('with Forbid and a deadline lets times pass that are too late', async () => {
    const world = await ticking({ concurrencyPolicy: 'Forbid', startingDeadline: '10s' });
    await turnTo(world, '00:02:30');
    await finishRuns(world);
    expect(runTimes(world)).to.deep.equal(['00:01:00']);
    expect(told(world).filter((reason) => reason === 'MissedSchedule')).to.have.length(1);
    await turnTo(world, '00:03:00');
    expect(runTimes(world)).to.deep.equal(['00:01:00', '00:03:00']);
  });

  it('with Replace removes the run that goes on, with its containers', async () => {
    const world = await ticking({ concurrencyPolicy: 'Replace' });
    await turnTo(world, '00:02:20');
    expect(runTimes(world)).to.deep.equal(['00:02:00']);
    expect(world.containers()).to.have.length(1);
    expect(told(world)).to.deep.equal(['RunStarted', 'RunReplaced', 'RunStarted']);
  });

  it('keeps as many ended runs as its limits say', async () => {
    const world = await ticking({
      successfulJobsHistoryLimit: 2,
      failedJobsHistoryLimit: 1,
      serviceTemplate: { spec: job({ restart: { condition: 'none' } }).spec },
    });
    for (const [index, exitCode] of [0, 1, 0, 1, 0].entries()) {
      await turnTo(world, `00:0${index + 1}:01`);
      await world.settle(2_000);
      await finishRuns(world, exitCode);
    }
    await world.settle(2_000);
    expect(statusOf(world).runs?.map(({ scheduledAt, state }) => [scheduledAt.slice(14, 16), state])).to.deep.equal([
      ['05', 'complete'],
      ['04', 'failed'],
      ['03', 'complete'],
    ]);
    expect(world.containers()).to.have.length(3);
    expect(told(world).filter((reason) => reason === 'RunFailed')).to.have.length(2);
  });

  it('begins nothing while suspended', async () => {
    const world = await ticking({ suspend: true });
    await turnTo(world, '00:03:40');
    expect(runs(world)).to.deep.equal([]);
    const { state, nextScheduleTime } = statusOf(world);
    expect([state, nextScheduleTime]).to.deep.equal(['Suspended', undefined]);
    await world.apply(cronJob({ suspend: false, startingDeadline: '30s' }));
    await turnTo(world, '00:04:00');
    expect(runTimes(world)).to.deep.equal(['00:04:00']);
  });

  it('asks for no time before its schedule was changed', async () => {
    const world = await ticking({ schedule: '0 1 * * *' });
    await turnTo(world, '00:30:00');
    await world.apply(cronJob({ schedule: '20 * * * *' }));
    await world.settle();
    expect(runs(world)).to.deep.equal([]);
    expect(statusOf(world).nextScheduleTime).to.equal('2026-01-01T01:20:00Z');
  });

  it('makes up for the last time that passed while the controller was down, and runs no time twice', async () => {
    const world = await ticking();
    await turnTo(world, '00:01:30');
    await world.stopController();
    await turnTo(world, '00:04:30');
    world.startController();
    await world.settle();
    expect(runTimes(world)).to.deep.equal(['00:01:00', '00:04:00']);
    for (let round = 0; round < 5; round += 1) {
      await world.stopController();
      world.startController();
      await world.settle(1_000);
    }
    const names = runs(world).map(({ metadata }) => metadata.name);
    expect(new Set(names).size).to.equal(names.length);
    expect(told(world).filter((reason) => reason === 'RunStarted')).to.have.length(runTimes(world).length);
  });

  it('begins a run for a time once, though its status was not written', async () => {
    const world = await ticking();
    await turnTo(world, '00:01:10');
    await world.stopController();
    const stored = world.store.snapshot().get({ kind: 'CronJob', namespace: 'default', name: 'tick' });
    if (stored === undefined) throw new Error('no cron job');
    const { lastScheduleTime: _last, ...status } = stored.status ?? {};
    await world.store.commit([{ put: { ...stored, status } }]);
    world.startController();
    await world.settle(2_000);
    expect(runTimes(world)).to.deep.equal(['00:01:00']);
    expect(statusOf(world)).to.include({ state: 'Scheduled', scheduledSince: '2026-01-01T00:01:00Z' });
    await turnTo(world, '00:02:00');
    expect(runTimes(world)).to.deep.equal(['00:01:00', '00:02:00']);
  });

  it('leaves a service alone that has the name of its run, and says so', async () => {
    const world = await ticking();
    const name = `tick-${Date.parse('2026-01-01T00:01:00Z') / MINUTE}`;
    await world.apply(service(name));
    await turnTo(world, '00:01:10');
    expect(world.service(name).spec.mode).to.equal('replicated');
    expect(statusOf(world)).to.deep.include({
      state: 'Stalled',
      message: `a service named ${name} exists already, and is no run of this CronJob`,
    });
    expect(told(world)).to.deep.equal(['RunRefused']);
    await turnTo(world, '00:02:10');
    expect(runTimes(world)).to.deep.equal(['00:02:00']);
  });

  it('begins no run that admission refuses (invariant 17)', async () => {
    const world = await ticking({ serviceTemplate: { spec: { ...job().spec, privileged: true } } });
    await turnTo(world, '00:01:10');
    expect(runs(world)).to.deep.equal([]);
    expect(statusOf(world)).to.deep.include({ state: 'Stalled' });
    expect(statusOf(world).message).to.include('privileged containers are denied');
  });

  it('takes its runs with it when it is deleted, also while the controller was down or when it is made again', async () => {
    const world = await ticking();
    await turnTo(world, '00:01:10');
    await world.delete('CronJob', 'tick', 'default');
    await world.settle(2_000);
    expect([runs(world), world.containers()]).to.deep.equal([[], []]);
    await world.apply(cronJob({ schedule: '*/2 * * * *' }));
    await turnTo(world, '00:02:10');
    expect(runTimes(world)).to.deep.equal(['00:02:00']);
    await world.stopController();
    await world.delete('CronJob', 'tick', 'default');
    const again = cronJob({ schedule: '0 5 * * *' });
    await world.apply({ ...again, metadata: { ...again.metadata, uid: 'another' } });
    world.startController();
    await world.settle();
    expect([runs(world), world.containers()]).to.deep.equal([[], []]);
  });

  it('changes runs to come, not those that are there', async () => {
    const world = await ticking();
    await turnTo(world, '00:01:10');
    await world.apply(cronJob({ serviceTemplate: { metadata: { labels: { app: 'tick' } }, spec: job({ image: IMAGE_2 }).spec } }));
    await turnTo(world, '00:02:10');
    expect(runs(world).map(({ metadata, spec }) => [spec.image.slice(-1), metadata.labels?.['app']])).to.deep.equal([
      ['1', undefined],
      ['2', 'tick'],
    ]);
  });

  it('is quiet between its times (invariant 12)', async () => {
    const world = await ticking({ schedule: '0 0 2 1 *' });
    await world.settle();
    await world.expectQuiet();
  });
});
