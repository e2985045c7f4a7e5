import { expect } from 'chai';
import { fillChain } from '../../lib/plan/chain.ts';
import type { TaskView } from '../../lib/plan/task-view.ts';
import { service } from '../controllers/harness.ts';

function old(name: string, state: 'created' | 'running' | 'exited'): TaskView {
  const spec = { service: 'web', serviceUid: 'u', slot: '1', node: 'h1', containerName: name, image: 'i', specHash: 'v1:0' };
  const container = { id: `id-${name}`, name, image: 'i', labels: {}, state, createdAt: 1 };
  return { name, namespace: 'default', spec, phase: state === 'exited' ? 'failed' : state, container };
}

function steps(outgoing: readonly TaskView[]): string[] {
  const { name, namespace, spec } = old('new', 'created');
  const chain = { service: service('web'), cluster: 'c', target: { name, namespace, spec }, node: undefined, outgoing, reason: 'updating' };
  return fillChain(chain).steps.map((step) => ('task' in step && typeof step.task === 'string' ? `${step.op} ${step.task}` : step.op));
}

describe('what a new task replaces', () => {
  it('is stopped before the new one starts, and removed after it', () => {
    expect(steps([old('a', 'running')])).to.deep.equal(['pull', 'create', 'stop a', 'start new', 'remove a']);
    expect(steps([old('a', 'exited')])).to.deep.equal(['pull', 'create', 'start new', 'remove a']);
  });

  it('is removed before the new one starts where it never ran: a start sent for it may still be on its way (invariant 8)', () => {
    expect(steps([old('a', 'created'), old('b', 'running')])).to.deep.equal([
      'pull',
      'create',
      'stop b',
      'remove a',
      'start new',
      'remove b',
    ]);
  });
});
