import { expect } from 'chai';
import { planService } from '../../lib/plan/service.ts';
import type { ServicePlan } from '../../lib/plan/service-plan.ts';
import { specHash } from '../../lib/plan/spec-hash.ts';
import { formatStep } from '../../lib/plan/step.ts';
import type { TaskView } from '../../lib/plan/task-view.ts';
import { NodeIndex } from '../../lib/schedule/node-index.ts';
import { service } from '../controllers/harness.ts';
import { facts } from '../schedule/support.ts';

const startFirst = {
  parallelism: 1,
  delay: '0s',
  monitor: '5s',
  maxFailureRatio: 0,
  order: 'start-first',
  progressDeadline: '10m',
  failureAction: 'pause',
} as const;
const web = service('web', { update: startFirst });
const HASH = specHash(web.spec);

function task(name: string, hash: string, networks: string[] | undefined): TaskView {
  const fixed = { service: 'web', serviceUid: web.metadata.uid, slot: '1', node: 'h1', containerName: name, image: 'i' };
  const spec = { ...fixed, specHash: hash, ...(networks === undefined ? {} : { networks }) };
  const metadata = { name, uid: name, generation: 1, resourceVersion: '1', creationTimestamp: '' };
  const container = { id: `id-${name}`, name, image: 'i', labels: {}, state: 'running' as const, createdAt: 1 };
  return {
    name,
    namespace: 'default',
    spec,
    phase: 'running',
    record: { apiVersion: 'dswarm/v1', kind: 'Task', metadata, spec },
    container,
  };
}

function plan(tasks: readonly TaskView[], busy: ReadonlyMap<string, string | undefined> = new Map()): ServicePlan {
  return planService({
    service: web,
    specHash: HASH,
    cluster: 'default',
    tasks,
    nodes: new NodeIndex([facts('h1')]),
    busy,
    held: new Map(),
    settling: false,
    salt: 's',
    rollout: { now: 0, previous: undefined, failedSpecHash: undefined, failedSlots: new Set() },
  });
}

describe('taking a task out of the tables', () => {
  const steps = ({ chains }: ServicePlan): string[] => chains.flatMap((chain) => chain.steps.map(formatStep));

  it('comes before it is stopped, where it is in a network', () => {
    expect(steps(plan([task('old', 'v1:0', ['default']), task('new', HASH, ['default'])]))).to.deep.equal([
      "withdraw old from all nodes' tables",
      'stop old (grace 10s)',
      'remove old',
    ]);
    expect(steps(plan([task('old', 'v1:0', undefined), task('new', HASH, undefined)]))).to.deep.equal([
      'stop old (grace 10s)',
      'remove old',
    ]);
  });

  it('goes on, where the task is replaced, when the service is planned again meanwhile', () => {
    const tasks = [task('old', 'v1:0', ['default']), task('new', HASH, ['default'])];
    const [chain] = plan(tasks).chains;
    const next = plan(tasks, new Map([['1', chain?.specHash]]));
    expect(next.cancel).to.deep.equal([]);
    expect(next.chains).to.deep.equal([]);
    expect(plan(tasks, new Map([['1', 'v1:another']])).cancel).to.deep.equal(['1']);
  });
});
