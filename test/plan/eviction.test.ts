import { expect } from 'chai';
import { EVIDENCE_MS, FLAP_PENALTY_MS, judgeEvictions, RETURN_WINDOW_MS, type EvictionVerdict } from '../../lib/plan/eviction.ts';
import { nodeLiveness, type NodeLiveness } from '../../lib/plan/node-liveness.ts';
import type { NodeObservation } from '../../lib/types/observation.ts';
import { isoTime, parseIsoTime } from '../../lib/types/time.ts';
import { node } from '../controllers/harness.ts';

const AFTER = 15_000;
const base = { known: true, awayMs: 0, seenMs: 0, backMs: undefined, failover: undefined };
const ready = (name: string, extra: Partial<NodeLiveness> = {}): NodeLiveness => ({ ...base, name, state: 'Ready', ...extra });
const gone = (name: string, ms = AFTER, extra: Partial<NodeLiveness> = {}): NodeLiveness => ({
  ...base,
  name,
  state: 'Unknown',
  awayMs: ms,
  seenMs: ms,
  ...extra,
});

function judge(...nodes: NodeLiveness[]): EvictionVerdict {
  return judgeEvictions({ nodes, concerned: new Set(nodes.map((each) => each.name)), afterMs: AFTER });
}

describe('which nodes count as lost', () => {
  it('those that were away for failover.after, and when the others will be', () => {
    expect(judge(ready('a'), ready('b'), ready('c'), gone('d'), gone('e', 9_000))).to.deep.equal({ lost: new Set(['d']), nextMs: 6_000 });
    expect(judge(ready('a'), ready('b'), gone('c', AFTER - 1))).to.deep.equal({ lost: new Set(), nextMs: 1 });
  });

  it('none that is Untrusted: a person must act', () => {
    const untrusted: NodeLiveness = { ...gone('c', 0), state: 'Untrusted' };
    expect(judge(ready('a'), ready('b'), untrusted)).to.deep.equal({ lost: new Set() });
  });

  it('none when more than half, and more than one, vanished together (fault 69)', () => {
    const { lost, blocked, nextMs } = judge(ready('a'), gone('b'), gone('c'));
    expect([...lost]).to.deep.equal([]);
    expect(blocked).to.deep.equal({
      reason: 'most-nodes-unreachable',
      message: 'nothing is moved while most nodes cannot be reached: 2 of 3',
    });
    expect(nextMs).to.equal(undefined);
    expect(judge(gone('a'), gone('b'), gone('c')).blocked).to.not.equal(undefined);
    expect(judge(ready('a'), gone('b', AFTER), gone('c', 1)).blocked).to.not.equal(undefined);
  });

  it('one of two, and half of four', () => {
    expect([...judge(ready('a'), gone('b')).lost]).to.deep.equal(['b']);
    expect([...judge(ready('a'), ready('b'), gone('c'), gone('d')).lost]).to.deep.equal(['c', 'd']);
  });

  it('leaving out nodes that were never reached: those have not vanished', () => {
    expect([...judge(ready('a'), gone('b'), gone('x', AFTER, { known: false }), gone('y', AFTER, { known: false })).lost]).to.include('b');
  });

  it('waiting a little when others are just coming back', () => {
    const { lost, nextMs } = judge(ready('a'), ready('b', { backMs: 5_000 }), gone('c'));
    expect([...lost]).to.deep.equal([]);
    expect(nextMs).to.equal(RETURN_WINDOW_MS - 5_000);
  });

  it('only after this run has seen the failure itself for a while', () => {
    expect(judge(ready('a'), ready('b'), gone('c', 3_600_000, { seenMs: 500 }))).to.deep.equal({
      lost: new Set(),
      nextMs: EVIDENCE_MS - 500,
    });
  });

  it('much later where the node was given up before and has not been steady since (fault 70)', () => {
    const flapping = gone('c', AFTER, { failover: 'Settling' });
    expect(judge(ready('a'), ready('b'), flapping)).to.deep.equal({ lost: new Set(), nextMs: FLAP_PENALTY_MS });
  });

  it('only nodes that the service has tasks on', () => {
    expect(judgeEvictions({ nodes: [ready('a'), ready('b'), gone('c')], concerned: new Set(['a']), afterMs: AFTER }).lost.size).to.equal(0);
  });
});

describe('how long a node has been away', () => {
  const START = Date.UTC(2026, 4, 1);
  const seen: NodeObservation = {
    node: 'h1',
    state: 'Unknown',
    message: 'no route to host',
    since: START,
    sinceMonotonic: 1_000,
    wasReady: false,
    recovered: false,
    tried: true,
    listed: false,
    containers: new Map(),
    doubted: new Set(),
  };
  const stored = (ms: number): ReturnType<typeof node> => ({ ...node('h1'), status: { state: 'Unknown', unreachableSince: isoTime(ms) } });

  it('counts what an earlier run of the controller saw, less the precision of stored times', () => {
    expect(nodeLiveness(stored(START - 10_000), seen, 5_000)).to.include({ awayMs: 13_000, seenMs: 4_000, state: 'Unknown' });
    expect(nodeLiveness(stored(START - 20_000), seen, 5_000)).to.include({ awayMs: 23_000, state: 'Down' });
  });

  it('counts only this run, on the clock that never jumps, where this run saw it Ready (fault 60)', () => {
    expect(nodeLiveness(stored(START - 3_600_000), { ...seen, wasReady: true }, 5_000).awayMs).to.equal(4_000);
  });

  it('never counts less than nothing (fault 60)', () => {
    expect(nodeLiveness(stored(START + 3_600_000), seen, 5_000).awayMs).to.equal(4_000);
  });

  it('has seen nothing itself before the first try has failed', () => {
    expect(nodeLiveness(stored(START - 60_000), { ...seen, tried: false }, 5_000)).to.include({ state: 'Down', seenMs: 0 });
  });
});

describe('times of the store', () => {
  it('are read as they were written', () => {
    for (const time of [0, 951_782_400_000, Date.UTC(2024, 1, 29, 23, 59, 59), Date.UTC(2026, 0, 1), Date.UTC(2100, 2, 1, 12)]) {
      expect(parseIsoTime(isoTime(time))).to.equal(time);
    }
    expect(parseIsoTime('yesterday')).to.equal(undefined);
  });
});
