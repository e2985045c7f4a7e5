import { expect } from 'chai';
import { crowdedOut } from '../../lib/plan/crowding.ts';
import type { TaskStatus } from '../../lib/types/generated.ts';
import type { StoredTask } from '../../lib/types/objects.ts';

function task(slot: string, second: number, memoryBytes: number, status: TaskStatus = { state: 'Running' }): StoredTask {
  const name = `web.${slot}.${second}`;
  const creationTimestamp = `2026-01-01T00:00:0${second}Z`;
  return {
    apiVersion: 'dswarm/v1',
    kind: 'Task',
    metadata: { name, namespace: 'default', uid: name, generation: 1, resourceVersion: '1', creationTimestamp },
    spec: {
      service: 'web',
      serviceUid: 'u',
      slot,
      node: 'h1',
      containerName: name,
      specHash: 'v1:a',
      image: 'i',
      reservations: { memoryBytes },
    },
    status,
  };
}

const out = (tasks: StoredTask[], memoryBytes: number): string[] =>
  crowdedOut(tasks, { nanoCpus: 0, memoryBytes }).map(({ metadata }) => metadata.name);

describe('a node that promised more than it has', () => {
  it('keeps the oldest that fit', () => {
    expect(out([task('3', 3, 4), task('1', 1, 4), task('2', 2, 5)], 8)).to.deep.equal(['web.2.2']);
    expect(out([task('1', 1, 4), task('2', 2, 4)], 8)).to.deep.equal([]);
  });

  it('counts no tasks that have ended, such as those of finished jobs (conformance C120)', () => {
    const ended = [task('1', 1, 8, { state: 'Complete' }), task('2', 2, 8, { state: 'Failed' })];
    expect(out([...ended, task('3', 3, 8)], 8)).to.deep.equal([]);
  });

  it('counts a task and its replacement once', () => {
    expect(out([task('1', 1, 5), task('1', 2, 6), task('2', 3, 2)], 8)).to.deep.equal([]);
    expect(out([task('1', 1, 5), task('1', 2, 9), task('2', 3, 2)], 8)).to.deep.equal(['web.1.1', 'web.1.2']);
  });

  it('keeps what reserves nothing', () => {
    expect(out([task('1', 1, 9), task('2', 2, 0)], 8)).to.deep.equal(['web.1.1']);
  });
});
