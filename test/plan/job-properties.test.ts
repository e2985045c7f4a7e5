import { expect } from 'chai';
import fc from 'fast-check';
import { iterationHash } from '../../lib/jobs/iteration.ts';
import { planJob } from '../../lib/plan/job.ts';
import type { ServicePlan, ServicePlanInput } from '../../lib/plan/service-plan.ts';
import type { TaskPhase, TaskView } from '../../lib/plan/task-view.ts';
import type { NodeFacts } from '../../lib/schedule/node-facts.ts';
import { NodeIndex } from '../../lib/schedule/node-index.ts';
import type { StoredService } from '../../lib/types/objects.ts';
import { job } from '../controllers/job-world.ts';

const NODES = ['h1', 'h2', 'h3'];

const facts = (name: string): NodeFacts => ({
  ...{ name, id: name, hostname: name, role: 'worker', os: 'linux', arch: 'amd64', labels: {}, engineLabels: {} },
  ...{ ready: true, availability: 'active', tasks: 0, usedPorts: new Set() },
});

interface Draw {
  mode: 'replicated-job' | 'global-job';
  replicas: number;
  maxConcurrent: number;
  maxAttempts: number;
}

const draws: fc.Arbitrary<Draw> = fc.record({
  mode: fc.constantFrom('replicated-job' as const, 'global-job' as const),
  replicas: fc.integer({ min: 0, max: 9 }),
  maxConcurrent: fc.integer({ min: 1, max: 4 }),
  maxAttempts: fc.integer({ min: 0, max: 2 }),
});

function serviceOf({ maxAttempts, ...spec }: Draw): StoredService {
  return job({ ...spec, restart: { condition: 'on-failure', delay: '0s', maxAttempts } });
}

/** A cluster in which chains are carried out at once, and tasks end as the dice say. */
class Model {
  readonly service: StoredService;
  readonly hash: string;
  tasks: TaskView[];
  /** Starts by slot. */
  readonly started = new Map<string, number>();
  #salt = 0;

  constructor(draw: Draw, tasks: TaskView[] = []) {
    this.service = serviceOf(draw);
    this.hash = iterationHash(this.service.spec, 0);
    this.tasks = tasks;
  }

  get input(): ServicePlanInput {
    return {
      service: this.service,
      specHash: this.hash,
      iteration: 0,
      cluster: 'default',
      tasks: this.tasks,
      nodes: new NodeIndex(NODES.map(facts)),
      busy: new Map(),
      held: new Map(),
      settling: false,
      salt: String((this.#salt += 1)),
      rollout: { now: 0, previous: undefined, failedSpecHash: undefined, failedSlots: new Set() },
    };
  }

  plan(): ServicePlan {
    return planJob(this.input, this.service);
  }

  active(): TaskView[] {
    return this.tasks.filter(({ phase }) => phase === 'running');
  }

  carryOut(plan: ServicePlan): void {
    const forgotten = new Set(plan.forget);
    this.tasks = this.tasks.filter(({ name }) => !forgotten.has(name));
    for (const assignment of plan.assign) this.tasks.push(viewOf(assignment, 'assigned'));
    for (const { steps } of plan.chains) {
      for (const step of steps) {
        if (step.op === 'start') {
          this.#set(step.task, 'running');
          const { slot } = this.tasks.find(({ name }) => name === step.task)?.spec ?? { slot: '' };
          this.started.set(slot, (this.started.get(slot) ?? 0) + 1);
        }
        if (step.op === 'remove') this.tasks = this.tasks.filter(({ name }) => name !== step.task);
      }
    }
  }

  #set(task: string, phase: TaskPhase): void {
    this.tasks = this.tasks.map((view) => (view.name === task ? viewOf(view, phase) : view));
  }

  end(task: TaskView, isGood: boolean): void {
    this.#set(task.name, isGood ? 'complete' : 'failed');
  }
}

function viewOf({ name, namespace, spec }: Pick<TaskView, 'name' | 'namespace' | 'spec'>, phase: TaskPhase): TaskView {
  const metadata = { name, uid: name, generation: 1, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
  const record = { apiVersion: 'dswarm/v1' as const, kind: 'Task' as const, metadata, spec };
  const states = { assigned: undefined, running: 'running', complete: 'exited', failed: 'exited' } as const;
  const state = states[phase as keyof typeof states];
  if (state === undefined) return { name, namespace, spec, phase, record };
  return { name, namespace, spec, phase, record, container: { id: name, name, image: 'i', labels: {}, state, createdAt: 1 } };
}

const old = (slot: string, index: number, phase: TaskPhase): TaskView =>
  viewOf(
    {
      name: `job.${slot}.old${index}`,
      namespace: 'default',
      spec: {
        ...{ service: 'job', serviceUid: 'uid-job', slot, node: NODES[index % 3] ?? 'h1', containerName: `old${index}` },
        ...{ specHash: 'v1:00', image: 'i', iteration: 7 },
      },
    },
    phase,
  );

const leftovers = fc
  .array(
    fc.record({
      slot: fc.constantFrom('0', '1', '4', 'h1', 'h9'),
      phase: fc.constantFrom<TaskPhase>('assigned', 'running', 'complete', 'failed', 'gone'),
    }),
    { maxLength: 5 },
  )
  .map((list) => list.map(({ slot, phase }, index) => old(slot, index, phase)));

function expectationOf({ mode, replicas, maxConcurrent }: Draw): { slots: string[]; most: number } {
  if (mode === 'global-job') return { slots: NODES, most: NODES.length };
  return { slots: Array.from({ length: replicas }, (_, index) => String(index)), most: Math.min(maxConcurrent, replicas) };
}

describe('planning a job, whatever happens to its tasks', () => {
  it('is the same for the same input (invariant 1)', () => {
    fc.assert(
      fc.property(draws, leftovers, (draw, tasks) => {
        const model = new Model(draw, tasks);
        const input = { ...model.input, salt: '1' };
        expect(JSON.stringify(planJob(input, model.service))).to.equal(JSON.stringify(planJob(input, model.service)));
      }),
    );
  });

  it('ends with each slot completed once or failed for good, never over maxConcurrent, and then has nothing to do', () => {
    fc.assert(
      fc.property(draws, leftovers, fc.array(fc.nat(3), { minLength: 1, maxLength: 60 }), (draw, tasks, dice) => {
        const model = new Model(draw, tasks);
        const { slots, most } = expectationOf(draw);
        for (let round = 0; ; round += 1) {
          expect(round, 'rounds').to.be.lessThan(200);
          const plan = model.plan();
          if (plan.chains.length === 0 && plan.forget.length === 0 && model.active().length === 0) break;
          model.carryOut(plan);
          expect(model.active().filter(({ spec }) => spec.specHash === model.hash).length).to.be.at.most(most);
          // After the dice have been thrown, all that runs ends well.
          for (const [index, task] of model.active().entries()) {
            const roll = dice[round * 3 + index];
            if (roll === undefined || roll === 0) model.end(task, true);
            else if (roll === 1) model.end(task, false);
          }
        }
        const plan = model.plan();
        expect([plan.chains, plan.assign, plan.forget, plan.waiting]).to.deep.equal([[], [], [], []]);
        const left = model.tasks.filter(({ phase }) => phase === 'complete').map(({ spec }) => spec.slot);
        expect([...left, ...plan.ended.map(({ task }) => task.split('.')[1] ?? '')].sort()).to.deep.equal(slots);
        if (draw.maxAttempts === 0) expect(plan.ended).to.deep.equal([]);
        else for (const count of model.started.values()) expect(count).to.be.at.most(draw.maxAttempts + 1);
        expect(model.tasks.filter(({ spec }) => spec.specHash !== model.hash)).to.deep.equal([]);
      }),
      { numRuns: 150 },
    );
  });
});
