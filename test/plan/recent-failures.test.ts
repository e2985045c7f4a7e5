import { expect } from 'chai';
import { RECENT_MS, recentFailures } from '../../lib/plan/recent-failures.ts';
import type { TaskPhase, TaskView } from '../../lib/plan/task-view.ts';
import type { TaskStatus } from '../../lib/types/generated.ts';
import type { StoredTask } from '../../lib/types/objects.ts';
import type { ObservedContainer } from '../../lib/types/observation.ts';
import { isoMillis } from '../../lib/types/time.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const ago = (ms: number): string => isoMillis(NOW - ms);

function retired(status: TaskStatus, specHash = 'v1:a', age = 60_000): StoredTask {
  const spec = { service: 'web', serviceUid: 'u', slot: '1', node: 'h1', containerName: 'c', specHash, image: 'i' };
  const metadata = { name: 'web.1.x', uid: 'x', generation: 1, resourceVersion: '1', creationTimestamp: ago(age) };
  return { apiVersion: 'dswarm/v1', kind: 'Task', metadata, spec, status: { retiredAt: ago(0), ...status } };
}

function inSlot(phase: TaskPhase, container: Partial<ObservedContainer>): TaskView {
  const { spec } = retired({});
  const seen = { id: 'c', name: 'c', image: 'i', labels: {}, state: 'exited' as const, createdAt: NOW - 60_000, ...container };
  return { name: 'web.1.x', namespace: 'default', spec, phase, container: seen };
}

const failed: TaskStatus = { state: 'Failed', reason: 'Error', exitCode: 1, finishedAt: ago(1_000) };
const count = (tasks: TaskView[], history: StoredTask[]): number =>
  recentFailures({ tasks, retired: history, specHash: 'v1:a', now: NOW }).get('h1') ?? 0;

describe('failures of a service on a node', () => {
  const rows: [string, TaskStatus, number][] = [
    ['one that exited with an error', failed, 1],
    ['one that could not be started', { state: 'Rejected' }, 1],
    ['one that was unhealthy', { state: 'Failed', reason: 'Unhealthy', finishedAt: ago(1_000) }, 1],
    ['one that the engine started five times more', { ...failed, restarts: 5 }, 6],
    ['not one that ended well', { ...failed, exitCode: 0 }, 0],
    ['not one whose container somebody removed', { state: 'Failed', message: 'the container was removed by somebody else' }, 0],
    ['not one that was replaced', { state: 'Shutdown', exitCode: 137, reason: 'Error' }, 0],
    ['not one of more than five minutes ago', { ...failed, finishedAt: ago(RECENT_MS + 1_000) }, 0],
  ];
  for (const [title, status, expected] of rows) it(`count ${title}`, () => expect(count([], [retired(status)])).to.equal(expected));

  it('count for one version of the spec (conformance C128)', () => {
    expect(count([], [retired(failed, 'v1:b'), retired(failed)])).to.equal(1);
  });

  it('count once where it is not known when the engine tried again', () => {
    expect(count([], [retired({ ...failed, restarts: 5 }, 'v1:a', 2 * RECENT_MS)])).to.equal(1);
    expect(count([inSlot('failed', { exitCode: 1, restartCount: 5, createdAt: NOW - 2 * RECENT_MS })], [])).to.equal(1);
  });

  it('count what is still in its slot, and not what was to go', () => {
    expect(count([inSlot('failed', { exitCode: 1, restartCount: 2 })], [])).to.equal(3);
    expect(count([inSlot('unhealthy', { state: 'running' })], [])).to.equal(1);
    expect(count([inSlot('running', { state: 'running' }), inSlot('failed', { exitCode: 0 })], [])).to.equal(0);
    const stopped = retired({ state: 'Running', desiredState: 'Shutdown' });
    expect(count([{ ...inSlot('failed', { exitCode: 137 }), record: stopped }], [])).to.equal(0);
  });
});
