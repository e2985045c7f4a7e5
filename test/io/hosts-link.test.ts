import { expect } from 'chai';
import { DswarmError, type ErrorCode } from '../../lib/errors/error.ts';
import { Link } from '../../lib/io/hosts-link.ts';
import type { Session } from '../../lib/io/hosts-session.ts';
import type { LinkState } from '../../lib/ports/hosts.ts';
import { silentLog } from '../../lib/ports/log.ts';
import { noMetrics } from '../../lib/ports/metrics.ts';
import { FakeClock } from '../fakes/clock.ts';
import { FakeIds } from '../fakes/ids.ts';

interface World {
  clock: FakeClock;
  link: Link;
  /** When each attempt was made, in ms. */
  attempts: number[];
  phases: LinkState['phase'][];
  stamp: { value: string };
}

/** A link to a host whose every connection fails with the code. */
function failing(code: ErrorCode): World {
  const clock = new FakeClock();
  const attempts: number[] = [];
  const stamp = { value: 'a' };
  const open = (): Promise<Session> => {
    attempts.push(clock.monotonic());
    return Promise.reject(new DswarmError(code, 'no', { where: 'h1' }));
  };
  const trustStamp = (): Promise<string> => Promise.resolve(stamp.value);
  const link = new Link({ node: 'h1', clock, ids: new FakeIds(), log: silentLog, metrics: noMetrics, open, trustStamp });
  const phases: LinkState['phase'][] = [];
  link.state$.subscribe((state) => phases.push(state.phase));
  return { clock, link, attempts, phases, stamp };
}

describe('a host link', () => {
  it('tries again with growing pauses, at most six times in 8 s, and says it is unreachable once (conformance C041)', async () => {
    const { clock, link, attempts, phases } = failing('DSW_HOST_UNREACHABLE');
    await clock.advance(180_000);
    const pauses = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
    expect(pauses[0]).to.be.within(250, 500);
    expect(pauses[3]).to.be.within(2000, 4000);
    expect(pauses.at(-1)).to.be.within(15_000, 30_000);
    for (const at of attempts) expect(attempts.filter((other) => other >= at && other < at + 8_000).length).to.be.at.most(6);
    expect(phases).to.deep.equal(['connecting', 'unreachable']);
    expect(await link.docker.ping().catch((error: unknown) => (error as DswarmError).code)).to.equal('DSW_HOST_UNREACHABLE');
    await link.close();
    await clock.flush();
    expect(clock.pending, 'timers left behind').to.equal(0);
  });

  it('tries at most three times a minute after failed authentication (fault 64)', async () => {
    const { clock, link, attempts } = failing('DSW_SSH_AUTH_FAILED');
    await clock.advance(600_000);
    for (const at of attempts) expect(attempts.filter((other) => other >= at && other < at + 60_000).length).to.be.at.most(3);
    await link.close();
  });

  it('leaves an untrusted host alone until known_hosts changes or it is asked to try (fault 65)', async () => {
    const { clock, link, attempts, phases, stamp } = failing('DSW_SSH_HOST_KEY_CHANGED');
    await clock.advance(3_600_000);
    expect(attempts).to.have.length(1);
    expect(phases).to.deep.equal(['connecting', 'untrusted']);
    stamp.value = 'b';
    await clock.advance(10_000);
    expect(attempts).to.have.length(2);
    link.retry();
    await clock.flush();
    expect(attempts).to.have.length(3);
    await link.close();
  });

  it('tries at once when asked to', async () => {
    const { clock, link, attempts } = failing('DSW_SSH_AUTH_FAILED');
    await clock.advance(1000);
    link.retry();
    await clock.flush();
    expect(attempts).to.have.length(2);
    await link.close();
    link.retry();
    await clock.advance(60_000);
    expect(attempts, 'a closed link stays closed').to.have.length(2);
  });
});
