import { expect } from 'chai';
import fc from 'fast-check';
import { wantedSlots } from '../../lib/plan/slots.ts';
import type { TaskPhase, TaskView } from '../../lib/plan/task-view.ts';
import { NodeIndex } from '../../lib/schedule/node-index.ts';
import { service } from '../controllers/harness.ts';

interface Drawn {
  slot: number;
  node: number;
  phase: TaskPhase;
}

const ON_A_NODE: readonly TaskPhase[] = ['unknown', 'assigned', 'created', 'starting', 'running', 'restarting', 'complete', 'failed'];
const phase = fc.constantFrom<TaskPhase>(...ON_A_NODE, 'gone', 'rejected', 'unassigned');

function view({ slot, node, phase: state }: Drawn, leaving = false): TaskView {
  const name = `web.${slot}.${node}${state}`;
  const spec = {
    service: 'web',
    serviceUid: 'u',
    slot: String(slot),
    node: `h${node}`,
    containerName: name,
    specHash: 'v1:0',
    image: 'i',
  };
  const record = {
    apiVersion: 'dswarm/v1' as const,
    kind: 'Task' as const,
    metadata: { name, uid: name, generation: 1, resourceVersion: '1', creationTimestamp: '' },
    spec,
    status: { desiredState: leaving ? ('Shutdown' as const) : ('Running' as const) },
  };
  return { name, namespace: 'default', spec, phase: state, record };
}

const NODES = new NodeIndex([]);
const slotsOf = (replicas: number, tasks: readonly TaskView[]): number[] =>
  wantedSlots(service('web', { replicas }), NODES, tasks).map(Number);
const numbers = (tasks: readonly TaskView[]): number[] => [...new Set(tasks.map((task) => Number(task.spec.slot)))];

const draws = (of: fc.Arbitrary<TaskPhase>): fc.Arbitrary<Drawn[]> =>
  fc.uniqueArray(fc.record({ slot: fc.integer({ min: 1, max: 12 }), node: fc.integer({ min: 1, max: 4 }), phase: of }), {
    maxLength: 12,
    selector: ({ slot }) => slot,
  });
const replicas = fc.integer({ min: 0, max: 14 });
const check = (property: (tasks: TaskView[], count: number) => void, of = phase): void => {
  fc.assert(
    fc.property(draws(of), replicas, (drawn, count) =>
      property(
        drawn.map((each) => view(each)),
        count,
      ),
    ),
    { numRuns: 1_000 },
  );
};

describe('the slots of a replicated service', () => {
  it('are as many as its replicas, in order, whatever is there', () => {
    check((tasks, count) => {
      const slots = slotsOf(count, tasks);
      expect(slots).to.have.length(count);
      expect(slots).to.deep.equal([...new Set(slots)].sort((a, b) => a - b));
    });
  });

  it('are those that are there, and the lowest free numbers where some are missing', () => {
    check((tasks, count) => {
      const held = numbers(tasks);
      if (held.length > count) return;
      const slots = slotsOf(count, tasks);
      expect(slots).to.include.members(held);
      const fresh = slots.filter((slot) => !held.includes(slot));
      const free = Array.from({ length: 30 }, (_, index) => index + 1).filter((slot) => !held.includes(slot));
      expect(fresh).to.deep.equal(free.slice(0, fresh.length));
    });
  });

  it('are, where there are too many, some of those; and with one less the same but one', () => {
    check((tasks, count) => {
      if (numbers(tasks).length <= count) return;
      const slots = slotsOf(count, tasks);
      expect(numbers(tasks)).to.include.members(slots);
      expect(slotsOf(count + 1, tasks)).to.include.members(slots);
    });
  });

  it('leave the nodes as even as they can be, and take what is on no node first', () => {
    check((tasks, count) => {
      const kept = new Set(slotsOf(count, tasks));
      const placed = tasks.filter((task) => ON_A_NODE.includes(task.phase));
      const stays = (task: TaskView): boolean => kept.has(Number(task.spec.slot));
      if (placed.some((task) => !stays(task))) expect(tasks.filter((task) => !placed.includes(task)).some(stays)).to.equal(false);
      const keptOn = (node: string): number => placed.filter((task) => task.spec.node === node && stays(task)).length;
      for (const gone of placed.filter((task) => !stays(task)))
        for (const { spec } of placed.filter(stays)) expect(keptOn(spec.node)).to.be.at.most(keptOn(gone.spec.node) + 1);
    });
  });

  it('on one node keep what runs, then the lower numbers', () => {
    fc.assert(
      fc.property(draws(fc.constantFrom<TaskPhase>('running', 'starting')), replicas, (drawn, count) => {
        const tasks = drawn.map((each) => view({ ...each, node: 1 }));
        if (tasks.length <= count) return;
        const order = [...tasks].sort(
          (a, b) => Number(b.phase === 'running') - Number(a.phase === 'running') || Number(a.spec.slot) - Number(b.spec.slot),
        );
        expect(slotsOf(count, tasks)).to.have.members(order.slice(0, count).map((task) => Number(task.spec.slot)));
      }),
    );
  });

  it('stay decided while what goes is on its way out, whatever becomes of the tasks meanwhile', () => {
    fc.assert(
      fc.property(draws(phase), replicas, fc.array(phase, { minLength: 12, maxLength: 12 }), (drawn, count, later) => {
        const before = slotsOf(
          count,
          drawn.map((each) => view(each)),
        );
        const after = drawn.map((each, index) => view({ ...each, phase: later[index] ?? 'running' }, !before.includes(each.slot)));
        expect(slotsOf(count, after)).to.deep.equal(before);
      }),
      { numRuns: 1_000 },
    );
  });

  it('do not depend on the order in which tasks are found', () => {
    fc.assert(
      fc.property(
        draws(phase).chain((drawn) => fc.tuple(fc.constant(drawn), fc.shuffledSubarray(drawn, { minLength: drawn.length }))),
        replicas,
        ([drawn, shuffled], count) => {
          expect(
            slotsOf(
              count,
              shuffled.map((each) => view(each)),
            ),
          ).to.deep.equal(
            slotsOf(
              count,
              drawn.map((each) => view(each)),
            ),
          );
        },
      ),
    );
  });
});
