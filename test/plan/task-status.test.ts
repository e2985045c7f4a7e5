import { expect } from 'chai';
import { taskStatus } from '../../lib/plan/task-status.ts';
import type { TaskView } from '../../lib/plan/task-view.ts';
import type { TaskStatus } from '../../lib/types/generated.ts';
import type { StoredTask } from '../../lib/types/objects.ts';

const SPEC = {
  service: 'web',
  serviceUid: 'u1',
  slot: '1',
  node: 'h1',
  containerName: 'default_web.1.abc',
  specHash: 'v1:abc',
  image: 'registry.test/hello:1',
};

/** A task whose node has a container of it that was made and not started, and that was in this state before. */
function withCreated(status: TaskStatus): TaskView {
  const metadata = { name: 'web.1.aaaaaa', namespace: 'default', uid: 't1', generation: 1, resourceVersion: '1', creationTimestamp: '' };
  const record: StoredTask = { apiVersion: 'dswarm/v1', kind: 'Task', metadata, spec: SPEC, status };
  const container = {
    id: 'c2',
    name: SPEC.containerName,
    image: SPEC.image,
    labels: {},
    state: 'created' as const,
    createdAt: 0,
    address: '',
  };
  return { name: metadata.name, namespace: 'default', spec: SPEC, phase: 'created', record, container };
}

const stateOf = (status: TaskStatus): string | undefined =>
  taskStatus(withCreated(status), {
    busy: true,
    leaving: false,
    staying: undefined,
    problem: undefined,
    goes: false,
    waits: undefined,
    now: 0,
  }).state;

describe('the state of a task whose container was made and not started', () => {
  it('is Created', () => {
    expect(stateOf({ state: 'Preparing' })).to.equal('Created');
    expect(stateOf({ state: 'Unknown', lastKnownState: 'Created' })).to.equal('Created');
  });

  it('is Starting once it has run: a create that was applied late does not send it back (conformance C096)', () => {
    expect(stateOf({ state: 'Running', containerId: 'c1' })).to.equal('Starting');
    expect(stateOf({ state: 'Stopping', containerId: 'c1' })).to.equal('Starting');
    expect(stateOf({ state: 'Unknown', lastKnownState: 'Running', containerId: 'c1' })).to.equal('Starting');
  });
});
