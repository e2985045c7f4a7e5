import { expect } from 'chai';
import { DswarmError, hasCode } from '../../lib/errors/error.ts';
import { Pulse } from '../../lib/io/hosts-pulse.ts';
import { ENGINE_SILENT_MS, HOST_SILENT_MS, LISTEN_MS, PROBE_MS } from '../../lib/plan/node-liveness.ts';
import { sleep } from '../../lib/ports/clock.ts';
import { FakeClock } from '../fakes/clock.ts';

interface World {
  clock: FakeClock;
  pulse: Pulse;
  /** When each ping was sent. */
  pings: number[];
  /** What the host is doing. */
  fate: { ssh: boolean; engine: boolean; lost?: boolean; breaks?: DswarmError };
  /** Why the link is to be given up, and when. */
  end: { error?: unknown; at?: number };
}

/** A host that answers pings in 2 ms and keepalives every 2 s, as long as its fate lets it. */
function listenTo({ ssh = true, latency = 2 } = {}): World {
  const clock = new FakeClock();
  const fate: World['fate'] = { ssh: true, engine: true };
  const pings: number[] = [];
  let bytes = 0;
  const beat = (): void => {
    if (fate.ssh) bytes += 1;
    clock.after(2_000, beat);
  };
  beat();
  const ping = async (): Promise<void> => {
    pings.push(clock.monotonic());
    if (fate.breaks !== undefined) throw fate.breaks;
    if (fate.lost === true) return new Promise<void>(() => undefined);
    for (let waited = 0; waited < 10_000; waited += latency) {
      await sleep(clock, latency);
      if (fate.engine && fate.ssh) return void (bytes += 1);
    }
    throw new DswarmError('DSW_DOCKER_TIMEOUT', 'ping: no answer within 10 s', { where: 'h1' });
  };
  let wake = (): void => undefined;
  let isPoked = false;
  const pause = (ms: number): Promise<boolean> =>
    new Promise((resolve) => {
      const done = (): void => {
        cancel();
        resolve(isPoked);
        isPoked = false;
      };
      const cancel = clock.after(ms, done);
      wake = () => {
        isPoked = true;
        done();
      };
    });
  const heard = ssh ? (): number => bytes : undefined;
  const pulse = new Pulse({ node: 'h1', clock, ping, heard, pause, wake: () => wake(), ended: () => false, measured: () => undefined });
  const end: World['end'] = {};
  pulse.watch().catch((error: unknown) => {
    end.error = error;
    end.at = clock.monotonic();
  });
  return { clock, pulse, pings, fate, end };
}

describe('the pulse of a host', () => {
  it('is felt every few seconds, and not more often', async () => {
    const { clock, pings, end } = listenTo();
    await clock.advance(60_000);
    expect(end.error).to.equal(undefined);
    expect(pings.length).to.be.within(60_000 / (PROBE_MS + LISTEN_MS), 60_000 / PROBE_MS + 1);
  });

  it('needs no ping while the engine answers other calls', async () => {
    const { clock, pulse, pings } = listenTo();
    for (let second = 0; second < 60; second += 1) {
      pulse.note();
      await clock.advance(900);
    }
    expect(pings).to.deep.equal([]);
  });

  it('is missed soon once nothing comes from the host, from its last sign on', async () => {
    for (const at of [20_000, 20_400, 21_000, 21_700]) {
      const { clock, pulse, fate, end } = listenTo();
      await clock.advance(at);
      fate.ssh = false;
      await clock.advance(HOST_SILENT_MS + LISTEN_MS);
      expect(hasCode(end.error, 'DSW_HOST_UNREACHABLE')).to.equal(true);
      expect(end.at).to.be.within(at + HOST_SILENT_MS - PROBE_MS - LISTEN_MS, at + HOST_SILENT_MS + LISTEN_MS);
      expect(pulse.lastSign).to.be.within(at - PROBE_MS - LISTEN_MS, at + LISTEN_MS);
    }
  });

  it('is not missed for one late answer, nor while its host gives signs', async () => {
    const { clock, fate, end } = listenTo();
    await clock.advance(20_000);
    fate.engine = false;
    await clock.advance(ENGINE_SILENT_MS - PROBE_MS - LISTEN_MS);
    expect(end.error).to.equal(undefined);
    fate.engine = true;
    await clock.advance(60_000);
    expect(end.error).to.equal(undefined);
  });

  it('is asked for by another call when one gets no answer', async () => {
    const { clock, fate, end } = listenTo();
    await clock.advance(20_000);
    fate.lost = true;
    await clock.advance(PROBE_MS + LISTEN_MS);
    fate.lost = false;
    await clock.advance(60_000);
    expect(end.error).to.equal(undefined);
  });

  it('is missed when the engine alone is silent for long (fault 48)', async () => {
    for (const ssh of [true, false]) {
      const { clock, fate, end } = listenTo({ ssh });
      await clock.advance(20_000);
      fate.engine = false;
      await clock.advance(ENGINE_SILENT_MS + LISTEN_MS);
      expect(hasCode(end.error, 'DSW_DOCKER_TIMEOUT')).to.equal(true);
    }
  });

  it('ends at once when the connection breaks', async () => {
    const { clock, fate, end } = listenTo();
    await clock.advance(20_000);
    fate.breaks = new DswarmError('DSW_DOCKER_NOT_RUNNING', 'no such socket', { where: 'h1' });
    await clock.advance(PROBE_MS + LISTEN_MS);
    expect(end.error).to.equal(fate.breaks);
  });
});
