import { expect } from 'chai';
import fc from 'fast-check';
import { sortIntoBuckets } from '../../lib/plan/buckets.ts';
import type { ServicePlan, ServicePlanInput } from '../../lib/plan/service-plan.ts';
import { planService } from '../../lib/plan/service.ts';
import { specHash } from '../../lib/plan/spec-hash.ts';
import type { TaskPhase, TaskView } from '../../lib/plan/task-view.ts';
import { NodeIndex } from '../../lib/schedule/node-index.ts';
import type { ObservedContainer } from '../../lib/types/observation.ts';
import { service } from '../controllers/harness.ts';
import { facts } from '../schedule/support.ts';

const PHASES: TaskPhase[] = [
  'unknown',
  'unassigned',
  'assigned',
  'rejected',
  'gone',
  'created',
  'starting',
  'running',
  'restarting',
  'unhealthy',
  'complete',
  'failed',
  'removing',
];
const WITHOUT_CONTAINER = new Set<TaskPhase>(['unassigned', 'assigned', 'rejected', 'gone']);
const STATES: Partial<Record<TaskPhase, ObservedContainer['state']>> = {
  created: 'created',
  restarting: 'restarting',
  complete: 'exited',
  failed: 'exited',
  removing: 'removing',
};

const wanted = service('web', { replicas: 4 });
const HASH = specHash(wanted.spec);

function view(index: number, draw: { slot: number; node: number; phase: TaskPhase; isCurrent: boolean }): TaskView {
  const name = `web.${draw.slot}.${index}`;
  const hash = draw.isCurrent ? HASH : 'v1:00';
  const spec = {
    service: 'web',
    serviceUid: 'u',
    slot: String(draw.slot),
    node: `h${draw.node}`,
    containerName: `default_web.${draw.slot}.${hash.slice(3, 11)}.${index}`,
    specHash: hash,
    image: 'i',
  };
  const container: ObservedContainer = {
    id: `c${index}`,
    name: spec.containerName,
    image: 'i',
    labels: {},
    state: STATES[draw.phase] ?? 'running',
    createdAt: index,
  };
  const record = {
    apiVersion: 'dswarm/v1' as const,
    kind: 'Task' as const,
    metadata: { name, uid: name, generation: 1, resourceVersion: '1', creationTimestamp: '' },
    spec,
  };
  return { name, namespace: 'default', spec, phase: draw.phase, record, ...(WITHOUT_CONTAINER.has(draw.phase) ? {} : { container }) };
}

const task = fc.record({
  slot: fc.integer({ min: 1, max: 7 }),
  node: fc.integer({ min: 1, max: 3 }),
  phase: fc.constantFrom(...PHASES),
  isCurrent: fc.boolean(),
});
const tasks = fc.array(task, { maxLength: 14 }).map((draws) => draws.map((draw, index) => view(index, draw)));
const order = fc.constantFrom('stop-first' as const, 'start-first' as const);
const settings = fc.record({
  replicas: fc.integer({ min: 0, max: 6 }),
  parallelism: fc.integer({ min: 0, max: 3 }),
  order,
  deleted: fc.boolean(),
});

function inputOf(
  views: readonly TaskView[],
  draw: { replicas: number; parallelism: number; order: 'stop-first' | 'start-first'; deleted: boolean },
): ServicePlanInput {
  const update = { ...wanted.spec.update, parallelism: draw.parallelism, order: draw.order };
  const subject = { ...wanted, spec: { ...wanted.spec, replicas: draw.replicas, update } };
  return {
    service: draw.deleted ? undefined : subject,
    specHash: HASH,
    cluster: 'default',
    tasks: views,
    nodes: new NodeIndex(['h1', 'h2', 'h3'].map((name) => facts(name))),
    busy: new Map(),
    held: new Map(),
    settling: false,
    salt: '1',
    rollout: { now: 0, previous: undefined, failedSpecHash: undefined, failedSlots: new Set() },
  };
}

const check = (property: (input: ServicePlanInput, plan: ServicePlan) => void): void => {
  fc.assert(
    fc.property(tasks, settings, (views, draw) => {
      const input = inputOf(views, draw);
      property(input, planService(input));
    }),
    { numRuns: 1_000 },
  );
};

describe('planning a service, whatever is found', () => {
  it('is the same for the same input (invariant 1)', () => {
    check((input, plan) => expect(JSON.stringify(planService(input))).to.equal(JSON.stringify(plan)));
  });

  it('sorts every task of a slot into exactly one bucket', () => {
    fc.assert(
      fc.property(tasks, (views) => {
        const buckets = sortIntoBuckets(views, HASH);
        const all = [
          ...(buckets.keep === undefined ? [] : [buckets.keep]),
          ...buckets.outdated,
          ...buckets.duplicate,
          ...buckets.dead,
          ...buckets.removing,
          ...buckets.lost,
        ];
        expect(all.map((each) => each.name).sort()).to.deep.equal(views.map((each) => each.name).sort());
      }),
    );
  });

  it('makes at most one chain a slot, and creates at most one container in it', () => {
    check((_input, plan) => {
      const slots = plan.chains.map((chain) => chain.slot);
      expect(new Set(slots).size).to.equal(slots.length);
      for (const chain of plan.chains) expect(chain.steps.filter((step) => step.op === 'create').length).to.be.at.most(1);
    });
  });

  it('never touches a task whose node cannot be reached (invariant 4)', () => {
    check((input, plan) => {
      const unknown = new Set(input.tasks.filter((each) => each.phase === 'unknown').map((each) => each.name));
      for (const name of plan.forget) expect(unknown.has(name)).to.equal(false);
      for (const step of plan.chains.flatMap((chain) => chain.steps))
        if ('task' in step && typeof step.task === 'string') expect(unknown.has(step.task)).to.equal(false);
    });
  });

  it('stores an assignment for every container it creates', () => {
    check((input, plan) => {
      const known = new Set([...plan.assign.map((assignment) => assignment.name), ...input.tasks.map((each) => each.name)]);
      for (const step of plan.chains.flatMap((chain) => chain.steps))
        if (step.op === 'create') expect(known.has(step.task.name)).to.equal(true);
    });
  });

  it('creates before it stops a running task of another spec (invariant 9)', () => {
    check((input, plan) => {
      const outdated = new Set(
        input.tasks.filter((each) => each.phase === 'running' && each.spec.specHash !== HASH).map((each) => each.name),
      );
      for (const { steps, specHash: towards } of plan.chains) {
        const stop = steps.findIndex((step) => step.op === 'stop' && outdated.has(step.task));
        const create = steps.findIndex((step) => step.op === 'create');
        if (towards !== undefined && stop !== -1 && create !== -1) expect(create).to.be.lessThan(stop);
      }
    });
  });

  it('starts no more updates than parallelism allows', () => {
    check((input, plan) => {
      const parallelism = input.service?.spec.update.parallelism ?? 0;
      if (parallelism > 0) expect(plan.chains.filter((chain) => chain.reason === 'updating').length).to.be.at.most(parallelism);
    });
  });

  it('has nothing to do where each slot holds one running task of the wanted spec', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8 }), (replicas) => {
        const views = Array.from({ length: replicas }, (_, index) =>
          view(index, { slot: index + 1, node: (index % 3) + 1, phase: 'running', isCurrent: true }),
        );
        const plan = planService(inputOf(views, { replicas, parallelism: 1, order: 'stop-first', deleted: false }));
        expect([plan.chains, plan.assign, plan.forget, plan.waiting]).to.deep.equal([[], [], [], []]);
      }),
    );
  });
});
