import { expect } from 'chai';
import { checkConditions } from '../../lib/conditions/check.ts';
import { mergeConditions } from '../../lib/conditions/conditions.ts';
import { isoTime } from '../../lib/types/time.ts';

const ready = { type: 'Ready', status: 'True', reason: 'AllReady', message: 'all is well' } as const;
const context = { previous: undefined, now: '2026-01-01T00:00:00Z', generation: 3 };

describe('conditions', () => {
  it('move their transition time only when the status does (invariant 14)', () => {
    const first = mergeConditions([ready], context);
    const later = mergeConditions([{ ...ready, message: 'still' }], { previous: first, now: '2026-01-02T00:00:00Z', generation: 4 });
    expect(later[0]).to.include({ lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 4, message: 'still' });
    const flipped = mergeConditions([{ ...ready, status: 'False' }], { previous: later, now: '2026-01-03T00:00:00Z', generation: 4 });
    expect(flipped[0]?.lastTransitionTime).to.equal('2026-01-03T00:00:00Z');
  });

  it('stand in a fixed order', () => {
    const types = mergeConditions([{ ...ready, type: 'Stalled' }, ready], context).map((condition) => condition.type);
    expect(types).to.deep.equal(['Ready', 'Stalled']);
  });

  it('are checked: what contradicts itself is named', () => {
    const object = {
      metadata: { generation: 1 },
      status: { conditions: mergeConditions([ready, { ...ready, type: 'Stalled', reason: 'not camel' }], context) },
    };
    expect(checkConditions(object)).to.deep.equal([
      'Ready and Stalled are both True',
      'Ready: observedGeneration is ahead of the object',
      'Stalled: reason "not camel" is not one CamelCase word',
      'Stalled: observedGeneration is ahead of the object',
    ]);
    expect(checkConditions({ metadata: { generation: 1 } })).to.deep.equal(['there is no Ready condition']);
  });
});

describe('isoTime', () => {
  it('agrees with the platform, leap days and all', () => {
    for (let day = -800; day < 40_000; day += 13) {
      const ms = day * 86_400_000 + 12_345_678;
      expect(isoTime(ms)).to.equal(new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z'));
    }
  });
});
