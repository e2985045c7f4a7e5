import { expect } from 'chai';
import { Subject } from 'rxjs';
import { noMetrics, type Metrics } from '../../lib/ports/metrics.ts';
import { DONE, type Outcome } from '../../lib/runtime/outcome.ts';
import { workQueue, type Pass } from '../../lib/runtime/work-queue.ts';
import { FakeClock } from '../fakes/clock.ts';
import { FakeIds } from '../fakes/ids.ts';

function setUp(
  process: (key: string) => Promise<Outcome>,
  concurrency = 2,
): { clock: FakeClock; keys: Subject<string>; passes: Pass[]; stop: () => void } {
  const clock = new FakeClock();
  const keys = new Subject<string>();
  const passes: Pass[] = [];
  const subscription = keys
    .pipe(workQueue({ name: 'test', clock, ids: new FakeIds(), concurrency, process }))
    .subscribe((pass) => passes.push(pass));
  return { clock, keys, passes, stop: () => subscription.unsubscribe() };
}

describe('the work queue', () => {
  it('runs a key once however often it is added while it waits (invariant 2)', async () => {
    const { clock, keys, passes } = setUp(() => Promise.resolve(DONE), 1);
    for (const key of ['a', 'b', 'b', 'b', 'a']) keys.next(key);
    await clock.flush();
    expect(passes.map((pass) => pass.key)).to.deep.equal(['a', 'b', 'a']);
  });

  it('never runs two passes of one key at once, and runs it again if it was added during its pass (invariant 2)', async () => {
    let running = 0;
    let most = 0;
    const { clock, keys, passes } = setUp(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => clock.after(10, () => resolve(undefined)));
      running -= 1;
      return DONE;
    }, 8);
    keys.next('a');
    await clock.advance(5);
    keys.next('a');
    keys.next('a');
    await clock.advance(100);
    expect(most).to.equal(1);
    expect(passes).to.have.length(2);
  });

  it('comes back after the time that the pass asks for, once', async () => {
    const outcomes: Outcome[] = [{ kind: 'requeue', afterMs: 500, why: 'test' }, DONE];
    const { clock, keys, passes } = setUp(() => Promise.resolve(outcomes.shift() ?? DONE));
    keys.next('a');
    await clock.advance(499);
    expect(passes).to.have.length(1);
    await clock.advance(1_000);
    expect(passes).to.have.length(2);
    expect(clock.pending).to.equal(0);
  });

  it('retries failures with growing delays, and a failing key does not hold up another (invariant 15)', async () => {
    const at: number[] = [];
    const { clock, keys, passes } = setUp((key) => {
      if (key === 'good') return Promise.resolve(DONE);
      at.push(clock.monotonic());
      return Promise.reject(new Error('bad'));
    }, 1);
    keys.next('bad');
    keys.next('good');
    await clock.advance(5_000);
    expect(passes.filter((pass) => pass.key === 'good')).to.have.length(1);
    const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(gaps.length).to.be.greaterThan(2);
    for (const [index, gap] of gaps.slice(1).entries()) expect(gap).to.be.greaterThan(gaps[index] ?? 0);
  });

  it('goes on with all other keys while a pass of one does not end (fault 86)', async () => {
    const { clock, keys, passes } = setUp((key) => (key === 'stuck' ? new Promise<never>(() => undefined) : Promise.resolve(DONE)));
    keys.next('stuck');
    for (const key of ['a', 'b', 'c']) keys.next(key);
    await clock.advance(10_000);
    keys.next('stuck');
    keys.next('a');
    await clock.flush();
    expect(passes.map((pass) => pass.key)).to.deep.equal(['a', 'b', 'c', 'a']);
  });

  it('holds no more than one entry a key when 10,000 change at once, again and again, and passes each (fault 89)', async () => {
    const depths: number[] = [];
    const metrics: Metrics = { ...noMetrics, set: (name, value) => void (name === 'workqueue_depth' && depths.push(value)) };
    const seen = new Map<string, number>();
    const clock = new FakeClock();
    const keys = new Subject<string>();
    const process = (key: string): Promise<Outcome> => {
      seen.set(key, (seen.get(key) ?? 0) + 1);
      return Promise.resolve(DONE);
    };
    keys.pipe(workQueue({ name: 'test', clock, ids: new FakeIds(), concurrency: 8, process, metrics })).subscribe();
    for (let round = 0; round < 5; round += 1) for (let key = 0; key < 10_000; key += 1) keys.next(`k${key}`);
    await clock.flush();
    expect(Math.max(...depths)).to.equal(9_992);
    expect(seen.size).to.equal(10_000);
    // Those whose pass had begun when they were added again have one more.
    expect([...seen.values()].reduce((sum, count) => sum + count, 0)).to.equal(10_008);
    expect(depths.at(-1)).to.equal(0);
  });

  it('does not retry what is terminal until the key is added again', async () => {
    const { clock, keys, passes } = setUp(() => Promise.resolve({ kind: 'failed', error: new Error('no'), retry: false }));
    keys.next('a');
    await clock.advance(600_000);
    expect(passes).to.have.length(1);
    keys.next('a');
    await clock.flush();
    expect(passes).to.have.length(2);
  });

  it('keeps to its concurrency and leaves no timer behind when it is stopped', async () => {
    let most = 0;
    let running = 0;
    const { clock, keys, stop } = setUp(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => clock.after(10, () => resolve(undefined)));
      running -= 1;
      return { kind: 'requeue', afterMs: 1_000, why: 'again' };
    }, 3);
    for (let index = 0; index < 10; index += 1) keys.next(String(index));
    await clock.advance(50);
    expect(most).to.equal(3);
    stop();
    expect(clock.pending).to.equal(0);
  });
});

describe('a work queue whose keys rest', () => {
  it('runs a key at once, and what is added soon after in one pass', async () => {
    const clock = new FakeClock();
    const keys = new Subject<string>();
    const at: number[] = [];
    const process = (): Promise<Outcome> => Promise.resolve(DONE).finally(() => at.push(clock.monotonic()));
    keys.pipe(workQueue({ name: 'test', clock, ids: new FakeIds(), concurrency: 1, restMs: 25, process })).subscribe();
    keys.next('a');
    for (let time = 0; time < 10; time += 1) {
      await clock.advance(2);
      keys.next('a');
    }
    await clock.advance(100);
    expect(at).to.deep.equal([0, 25]);
  });
});
