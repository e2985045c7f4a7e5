import { expect } from 'chai';
import { Stops } from '../../lib/apply/stops.ts';
import type { Chain } from '../../lib/plan/step.ts';

const chain = (spares: boolean): Chain => {
  const stop = { op: 'stop', node: 'h1', task: 't', name: 'n', id: 'a', graceSeconds: 1 } as const;
  return { slot: '0', reason: 'test', steps: [spares ? { ...stop, spares: true } : stop] };
};
const hadEnded = (): Promise<boolean> => Promise.resolve(false);
const ran = (): Promise<boolean> => Promise.resolve(true);
const lost = (): Promise<boolean> => Promise.reject(new Error('the answer was lost'));

async function failure(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'none',
    (error: unknown) => (error as Error).message,
  );
}

describe('what a container was told that is to stop', () => {
  it('is nothing until the call begins, and again once the engine tells that it had ended before', async () => {
    const stops = new Stops();
    stops.planned(chain(true));
    expect(stops.isUntold('a')).to.equal(true);
    let during: boolean | undefined;
    const call = (): Promise<boolean> => {
      during = stops.isUntold('a');
      return hadEnded();
    };
    expect(await stops.tell('a', call)).to.equal(true);
    expect([during, stops.isUntold('a')]).to.deep.equal([false, true]);
  });

  it('stays what it was once it may have been told: by a call without an answer, by one that stopped it, in whatever chain', async () => {
    for (const first of [ran, lost]) {
      const stops = new Stops();
      stops.planned(chain(true));
      await failure(stops.tell('a', first));
      stops.planned(chain(true));
      expect(await stops.tell('a', hadEnded)).to.equal(false);
      expect(stops.isUntold('a')).to.equal(false);
    }
  });

  it('is not known of one whose end does not count, of one that nobody planned for, and of one that is removed', async () => {
    const stops = new Stops();
    stops.planned(chain(false));
    expect([stops.isUntold('a'), await stops.tell('a', hadEnded)]).to.deep.equal([false, false]);
    stops.planned(chain(true));
    stops.removed('a');
    expect([stops.isUntold('a'), await stops.tell('a', hadEnded)]).to.deep.equal([false, false]);
  });
});
