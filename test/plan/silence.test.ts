import { expect } from 'chai';
import {
  ENGINE_SILENT_MS,
  hear,
  HOST_SILENT_MS,
  judgeSilence,
  lastSign,
  LISTEN_MS,
  PROBE_MS,
  type Signs,
} from '../../lib/plan/node-liveness.ts';
import { FakeIds } from '../fakes/ids.ts';

const START = 100_000;
const quiet = { host: false, engine: false, lateMs: 0 };
const both: Signs = { host: START, engine: START };

describe('a host that falls silent', () => {
  it('is given up in less than the shortest usual failover.after, and its absence began with its last sign', () => {
    expect(HOST_SILENT_MS).to.be.lessThan(5_000);
    expect(judgeSilence(both, 2, START + HOST_SILENT_MS - 1)).to.equal(undefined);
    const absence = judgeSilence({ host: START, engine: START - 1_000 }, 0, START + HOST_SILENT_MS);
    expect(absence).to.deep.equal({ who: 'host', since: START, silentMs: HOST_SILENT_MS });
  });

  it('is told apart from one whose engine alone is silent: that one has more time', () => {
    const engineOnly: Signs = { host: START + ENGINE_SILENT_MS, engine: START };
    expect(judgeSilence(engineOnly, 0, START + ENGINE_SILENT_MS - 1)).to.equal(undefined);
    expect(judgeSilence(engineOnly, 0, START + ENGINE_SILENT_MS)).to.deep.include({ who: 'engine', since: START });
    const withoutSsh: Signs = { host: undefined, engine: START };
    expect(judgeSilence(withoutSsh, 0, START + ENGINE_SILENT_MS - 1)).to.equal(undefined);
    expect(judgeSilence(withoutSsh, 0, START + ENGINE_SILENT_MS)).to.deep.include({ who: 'engine' });
  });

  it('was asked before it is given up, with time for the answer', () => {
    expect(HOST_SILENT_MS - PROBE_MS - LISTEN_MS).to.be.at.least(2_500);
  });

  it('is heard by either signal, and an answer of its engine is one of the host', () => {
    expect(hear(both, { ...quiet, host: true }, START + 500)).to.deep.equal({ host: START + 500, engine: START });
    expect(hear(both, { ...quiet, engine: true }, START + 500)).to.deep.equal({ host: START + 500, engine: START + 500 });
    expect(hear(both, quiet, START + 500)).to.deep.equal(both);
    expect(lastSign({ host: START, engine: START + 7 })).to.equal(START + 7);
    expect(lastSign({ host: undefined, engine: START })).to.equal(START);
  });

  it('is not taken for gone because this program was held up and did not listen', () => {
    const heldUp = 60_000;
    const now = START + LISTEN_MS + heldUp;
    const signs = hear(both, { ...quiet, lateMs: heldUp }, now);
    expect(judgeSilence(signs, 0, now)).to.equal(undefined);
    expect(now - (signs.host ?? 0)).to.equal(LISTEN_MS);
  });

  it('is given up later where answers take long', () => {
    expect(judgeSilence(both, 350, START + HOST_SILENT_MS + 2_099)).to.equal(undefined);
    expect(judgeSilence(both, 350, START + HOST_SILENT_MS + 2_100)).to.not.equal(undefined);
    expect(judgeSilence(both, 60_000, START + HOST_SILENT_MS + 6_000)).to.not.equal(undefined);
  });
});

const RTT = 350;
const LOSS = 0.05;

const KEEPALIVE_MS = 2_000;

/** Linux: after a round trip and 200 ms at least; the first repeat probes for a lost tail, from the second on the wait doubles. */
const BY_TIMER = [0, 1, 2, 4, 8, 16, 32].map((times) => times * (RTT + 200));
/** What follows on the connection and arrives tells of the gap, which is then filled. */
const BY_WHAT_FOLLOWS = [1, 2, 3, 4].map((times) => times * KEEPALIVE_MS + RTT);
const TRIES = [...BY_TIMER, ...BY_WHAT_FOLLOWS].sort((a, b) => a - b);

/** When a message sent now arrives over TCP that loses one packet in twenty. */
function arrival(sent: number, random: () => number): number {
  const after = TRIES.find(() => random() >= LOSS) ?? Infinity;
  return sent + after + RTT / 2;
}

/** An hour of pings and keepalives on one such connection: how often it is given up. */
function hourOfLoss(seed: number): number {
  const ids = new FakeIds(seed);
  const random = (): number => ids.random();
  let signs: Signs = { host: 0, engine: 0 };
  let pong = Infinity;
  let alive = Infinity;
  let last = 0;
  let given = 0;
  // What is behind a lost packet waits for it.
  const exchange = (now: number): number => (last = Math.max(last, arrival(arrival(now, random), random)));
  for (let now = 0; now < 3_600_000; now += LISTEN_MS) {
    const engine = pong <= now;
    const host = alive <= now;
    if (engine) pong = Infinity;
    if (host) alive = Infinity;
    signs = hear(signs, { engine, host, lateMs: 0 }, now);
    if (judgeSilence(signs, RTT, now) !== undefined) {
      given += 1;
      signs = { host: now, engine: now };
    }
    if (pong === Infinity && now - signs.engine >= PROBE_MS - LISTEN_MS) pong = exchange(now);
    if (alive === Infinity && now % KEEPALIVE_MS === 0) alive = exchange(now);
  }
  return given;
}

describe('a slow and lossy way to a host', () => {
  it('is not taken for an absence: 350 ms and 5 % loss (fault 67)', () => {
    const hours = Array.from({ length: 24 }, (_, seed) => hourOfLoss(seed + 1));
    expect(hours.reduce((sum, given) => sum + given, 0)).to.equal(0);
  });
});
