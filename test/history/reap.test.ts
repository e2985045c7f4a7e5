import { expect } from 'chai';
import { reap } from '../../lib/history/reap.ts';
import type { StoredTask } from '../../lib/types/objects.ts';

function retired(slot: string, second: number): StoredTask {
  const at = `2026-01-01T00:00:${String(second).padStart(2, '0')}`;
  return {
    apiVersion: 'dswarm/v1',
    kind: 'Task',
    metadata: {
      name: `web.${slot}.${second}`,
      namespace: 'default',
      uid: `${slot}-${second}`,
      generation: 1,
      resourceVersion: '1',
      creationTimestamp: `${at}Z`,
    },
    spec: { service: 'web', serviceUid: 'u', slot, node: 'h1', containerName: 'x', specHash: 'v1:0', image: 'i' },
    status: { state: 'Failed', retiredAt: `${at}.000Z` },
  };
}

const five = [1, 2, 3, 4, 5].map((second) => retired('1', second));
const base = { retired: five, wanted: new Set(['1', '2']), filled: new Set(['1']), limit: 5, maxAttempts: 0 };
const names = (tasks: readonly StoredTask[]): string[] => tasks.map((task) => task.metadata.name).sort();

describe('reaping task history', () => {
  it('keeps the limit in each slot, the task that runs included, and deletes the oldest (conformance C097, C104)', () => {
    expect(names(reap(base))).to.deep.equal(['web.1.1']);
    expect(names(reap({ ...base, filled: new Set() }))).to.deep.equal([]);
    expect(names(reap({ ...base, retired: [...five, retired('2', 1)] }))).to.deep.equal(['web.1.1']);
  });

  it('keeps nothing with limit 0, all with a negative one (conformance C105)', () => {
    expect(names(reap({ ...base, limit: 0 }))).to.deep.equal(names(five));
    expect(names(reap({ ...base, limit: -1 }))).to.deep.equal([]);
  });

  it('keeps one more than maxAttempts where that is given', () => {
    expect(names(reap({ ...base, maxAttempts: 1 }))).to.deep.equal(['web.1.1', 'web.1.2', 'web.1.3', 'web.1.4']);
    expect(names(reap({ ...base, limit: 0, maxAttempts: 9 }))).to.deep.equal([]);
  });

  it('keeps nothing of slots that are no more', () => {
    expect(names(reap({ ...base, wanted: new Set(), limit: -1 }))).to.deep.equal(names(five));
  });
});
