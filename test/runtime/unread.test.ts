import { expect } from 'chai';
import { saidBy, Unread } from '../../lib/runtime/unread.ts';

describe('what is to be read again', () => {
  it('is doubted by what an event says of an end or of bad health, and by nothing else', () => {
    const doubted = (action: string): boolean => {
      const unread = new Unread();
      unread.add('a', saidBy(action));
      return unread.isDoubted('a');
    };
    for (const action of ['die', 'health_status: unhealthy']) expect(doubted(action), action).to.equal(true);
    for (const action of ['start', 'kill', 'stop', 'health_status: healthy', 'update', 'rename', 'destroy'])
      expect(doubted(action), action).to.equal(false);
  });

  it('keeps the most that was said of each, in whatever order it comes', () => {
    const unread = new Unread();
    for (const action of ['health_status: unhealthy', 'die', 'start']) unread.add('a', saidBy(action));
    for (const action of ['start', 'health_status: unhealthy']) unread.add('b', saidBy(action));
    unread.add('c');
    expect(unread.ids).to.deep.equal(['a', 'b', 'c']);
    expect(unread.ids.filter((id) => unread.hasEnded(id))).to.deep.equal(['a']);
    expect(unread.ids.filter((id) => unread.isDoubted(id))).to.deep.equal(['a', 'b']);
    expect([unread.hasEnded('d'), unread.isDoubted('d')]).to.deep.equal([false, false]);
  });
});
