import { expect } from 'chai';
import { TunnelWatch } from '../../lib/runtime/tunnel-watch.ts';
import { FakeClock } from '../fakes/clock.ts';

describe('the ends of a tunnel', () => {
  it('are silent when the first handshake takes more than 30 s, or the last was more than 200 s ago', async () => {
    const clock = new FakeClock();
    const watch = new TunnelWatch(clock);
    const never = { publicKey: 'never' };
    const heard = (handshakeAgeMs: number): { publicKey: string; handshakeAgeMs: number } => ({ publicKey: 'heard', handshakeAgeMs });
    watch.see([never, heard(5_000)]);
    expect(watch.silent()).to.deep.equal([]);
    await clock.advance(29_000);
    watch.see([never, heard(150_000)]);
    expect(watch.silent()).to.deep.equal([]);
    await clock.advance(1_000);
    watch.see([never, heard(201_000)]);
    expect(watch.silent()).to.deep.equal(['never', 'heard']);
    watch.see([heard(1_000)]);
    expect(watch.silent()).to.deep.equal([]);
    watch.see([never]);
    expect(watch.silent(), 'it is a new one').to.deep.equal([]);
  });
});
