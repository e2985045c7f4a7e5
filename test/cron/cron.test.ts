import { expect } from 'chai';
import fc from 'fast-check';
import { dueRun, MOST_MISSED } from '../../lib/cron/due.ts';
import { decideRun, runName, surplusRuns, type Run } from '../../lib/cron/runs.ts';
import { lastTime, nextTime, scheduleProblem, type Schedule } from '../../lib/cron/schedule.ts';
import { isoTime } from '../../lib/types/time.ts';

const at = (text: string): number => Date.parse(text);
const utc = (pattern: string): Schedule => ({ pattern, timeZone: 'UTC' });
const madrid = (pattern: string): Schedule => ({ pattern, timeZone: 'Europe/Madrid' });

function times(schedule: Schedule, after: string, count: number): string[] {
  const found: string[] = [];
  let time: number | undefined = at(after);
  while (found.length < count && (time = nextTime(schedule, time)) !== undefined) found.push(isoTime(time));
  return found;
}

describe('a cron schedule', () => {
  it('reads five fields, six with seconds, and nicknames', () => {
    expect(times(utc('30 4 * * 1-5'), '2026-01-02T05:00:00Z', 2)).to.deep.equal(['2026-01-05T04:30:00Z', '2026-01-06T04:30:00Z']);
    expect(times(utc('*/20 * * * * *'), '2026-01-02T05:00:00Z', 2)).to.deep.equal(['2026-01-02T05:00:20Z', '2026-01-02T05:00:40Z']);
    expect(times(utc('@hourly'), '2026-01-02T05:00:00Z', 1)).to.deep.equal(['2026-01-02T06:00:00Z']);
  });

  it('runs a fixed time that clocks leave out as soon as they have gone forward', () => {
    expect(times(madrid('30 2 * * *'), '2026-03-28T12:00:00Z', 2)).to.deep.equal(['2026-03-29T01:00:00Z', '2026-03-30T00:30:00Z']);
  });

  it('runs a fixed time once on the day on which clocks go back, though it comes twice', () => {
    expect(times(madrid('30 2 * * *'), '2026-10-24T12:00:00Z', 2)).to.deep.equal(['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z']);
  });

  for (const [schedule, problem] of [
    [utc('* * *'), /invalid configuration format/],
    [utc('61 * * * *'), /61/],
    [utc('0 0 30 2 *'), /no time ever matches/],
    [{ pattern: '@daily', timeZone: 'Mars/Base' }, /no such time zone: Mars\/Base/],
  ] as [Schedule, RegExp][])
    it(`refuses ${schedule.pattern} in ${schedule.timeZone}`, () => {
      expect(scheduleProblem(schedule, at('2026-01-01T00:00:00Z'))).to.match(problem);
    });

  it('finds nothing wrong with a sound one', () => {
    expect(scheduleProblem(utc('0 3 * * *'), 0)).to.equal(undefined);
  });

  it('tells the last time as the one that the next times lead to, in each zone and season', () => {
    const patterns = fc.constantFrom('*/7 * * * *', '30 2 * * *', '0 */3 * * *', '15,45 1-3 * * *', '@daily');
    const zones = fc.constantFrom('UTC', 'Europe/Madrid', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata');
    const moments = fc.integer({ min: at('2026-01-01T00:00:00Z') / 1000, max: at('2027-01-01T00:00:00Z') / 1000 });
    fc.assert(
      fc.property(patterns, zones, moments, (pattern, timeZone, second) => {
        const schedule = { pattern, timeZone };
        const last = lastTime(schedule, second * 1000);
        expect(last).to.be.at.most(second * 1000);
        expect(nextTime(schedule, last ?? 0)).to.be.above(second * 1000);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a due run', () => {
  const schedule = utc('*/10 * * * *');
  const due = (since: string, now: string, startingDeadlineMs?: number): ReturnType<typeof dueRun> =>
    dueRun({ schedule, since: at(since), now: at(now), startingDeadlineMs });

  it('is none before its time', () => {
    const next = at('2026-01-01T00:10:00Z');
    expect(due('2026-01-01T00:00:00Z', '2026-01-01T00:09:59Z')).to.deep.equal({ time: undefined, missed: 0, next });
  });

  it('is there at its very time', () => {
    expect(due('2026-01-01T00:00:00Z', '2026-01-01T00:10:00Z').time).to.equal(at('2026-01-01T00:10:00Z'));
  });

  it('is the latest of those missed, and one only', () => {
    expect(due('2026-01-01T00:00:00Z', '2026-01-01T00:35:00Z')).to.deep.equal({
      time: at('2026-01-01T00:30:00Z'),
      missed: 2,
      next: at('2026-01-01T00:40:00Z'),
    });
  });

  it('is not started after its deadline', () => {
    expect(due('2026-01-01T00:00:00Z', '2026-01-01T00:35:00Z', 300_000).time).to.equal(at('2026-01-01T00:30:00Z'));
    expect(due('2026-01-01T00:00:00Z', '2026-01-01T00:35:00Z', 299_999)).to.deep.include({ time: undefined, missed: 3 });
  });

  it('counts no more missed times than it tells', () => {
    expect(due('2025-01-01T00:00:00Z', '2026-01-01T00:00:00Z').missed).to.equal(MOST_MISSED);
  });

  it('never asks for the same time twice, however the clock jumps', () => {
    const jumps = fc.array(fc.integer({ min: -7_200, max: 7_200 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(jumps, (steps) => {
        const served: number[] = [];
        let now = at('2026-03-29T00:00:00Z');
        let since = now;
        for (const step of steps) {
          now += step * 1000;
          const { time } = dueRun({ schedule: madrid('*/10 * * * *'), since, now, startingDeadlineMs: undefined });
          if (time === undefined) continue;
          served.push(time);
          since = time;
        }
        expect(served).to.deep.equal([...new Set(served)].sort((a, b) => a - b));
      }),
      { numRuns: 100 },
    );
  });
});

describe('the runs of a CronJob', () => {
  const run = (name: string, state: Run['state'], time: number): Run => ({ name, state, time });

  it('begin beside others with Allow, wait with Forbid, and take their place with Replace', () => {
    const runs = [run('a', 'active', 1), run('b', 'complete', 2)];
    expect(decideRun('Allow', runs)).to.deep.equal({ start: true, replace: [] });
    expect(decideRun('Forbid', runs)).to.deep.equal({ start: false, replace: [] });
    expect(decideRun('Forbid', runs.slice(1))).to.deep.equal({ start: true, replace: [] });
    expect(decideRun('Replace', runs)).to.deep.equal({ start: true, replace: ['a'] });
  });

  it('are named after their time', () => {
    expect(runName('backup', utc('* * * * *'), 1_800_000_000_000)).to.equal('backup-30000000');
    expect(runName('backup', utc('* * * * * *'), 1_800_000_000_000)).to.equal('backup-1800000000');
  });

  it('are kept up to the limits, the newest ones, and never removed while active', () => {
    const runs = [run('a', 'complete', 1), run('b', 'failed', 2), run('c', 'complete', 3), run('d', 'failed', 4), run('e', 'active', 0)];
    expect(surplusRuns(runs, { successful: 1, failed: 1 })).to.deep.equal(['a', 'b']);
    expect(surplusRuns(runs, { successful: 0, failed: 5 })).to.deep.equal(['c', 'a']);
  });
});
