import { concurrencyOf } from '../jobs/modes.ts';
import { planSlots, type JobSlot } from '../jobs/slots.ts';
import type { StoredService } from '../types/objects.ts';
import { sortIntoBuckets, type SlotBuckets, type SlotState } from './buckets.ts';
import { removalChain } from './chain.ts';
import { jobSlots } from './job-slots.ts';
import { newOrphans, orphanTasks } from './orphans.ts';
import { restartOf } from './restarts.ts';
import { emptyPlan, SETTLING, type ServicePlan, type ServicePlanInput } from './service-plan.ts';
import { emptySlot, forgetEmpty, launch } from './emptying.ts';
import { SlotPlanner } from './service.ts';
import { groupBySlot } from './slots.ts';
import { endOf, type TaskView } from './task-view.ts';

/** What to do next for a job: the same input gives the same plan (invariant 1). */
export function planJob(input: ServicePlanInput, service: StoredService): ServicePlan {
  const plan = emptyPlan();
  const isOurs = (task: TaskView): boolean => isOfIteration(task, { specHash: input.specHash, serviceUid: service.metadata.uid });
  plan.wanted = jobSlots(service, input.nodes, input.tasks.filter(isOurs));
  if (service.spec.suspend) return plan;
  const before = input.tasks.map((task) =>
    isOurs(task) ? keepOver(task, input, service) : { ...task, spec: { ...task.spec, specHash: '' } },
  );
  const tasks = service.spec.mode === 'replicated-job' ? orphanTasks(before, input.lost ?? new Set()) : before;
  new JobPlanner({ ...input, tasks }, service, plan).fill();
  plan.orphaned = newOrphans({ before, after: tasks, assigned: new Set(plan.assign.map(({ spec }) => spec.slot)) });
  return plan;
}

/** Whether the task counts for this iteration. A container without a record says so by its labels alone: the state was lost. */
export function isOfIteration(task: TaskView, { specHash, serviceUid }: { specHash: string; serviceUid: string }): boolean {
  return task.spec.specHash === specHash && (task.record === undefined || task.spec.serviceUid === serviceUid);
}

/** What had failed for good before its node went away has: its slot waits for no node, and is not filled elsewhere. */
function keepOver(task: TaskView, { specHash, rollout }: ServicePlanInput, service: StoredService): TaskView {
  if ((task.phase !== 'unknown' && task.phase !== 'orphaned') || endOf(task.record) !== 'Failed') return task;
  const { container: _container, ...rest } = task;
  const failed: TaskView = { ...rest, phase: 'failed' };
  const restart = restartOf(sortIntoBuckets([failed], specHash), service, { specHash, now: rollout.now });
  return restart?.decision.kind === 'never' ? failed : task;
}

/** A wanted slot, and where it stands. */
interface Standing extends SlotState {
  /** Undefined: free. */
  state?: JobSlot['state'];
}

class JobPlanner {
  readonly #input: ServicePlanInput;
  readonly #service: StoredService;
  readonly #plan: ServicePlan;
  readonly #slots: SlotPlanner;

  constructor(input: ServicePlanInput, service: StoredService, plan: ServicePlan) {
    this.#input = input;
    this.#service = service;
    this.#plan = plan;
    this.#slots = new SlotPlanner(input, service, plan);
  }

  fill(): void {
    this.#adopt();
    // Nodes that are not known yet may be among those that it is to run on.
    if (this.#input.settling && this.#service.spec.mode === 'global-job') this.#plan.waiting.push({ slot: '', reason: SETTLING });
    const bySlot = groupBySlot(this.#input.tasks);
    const wanted = new Set(this.#plan.wanted);
    for (const [slot, tasks] of bySlot) if (!wanted.has(slot)) emptySlot(this.#input, this.#plan, { slot, tasks });
    this.#slots.enter();
    const standing = this.#plan.wanted.map((slot) => this.#stand(slot, bySlot.get(slot) ?? []));
    const { start, surplus } = this.#choose(standing);
    for (const state of standing) {
      if (this.#slots.isBusy(state.slot)) continue;
      if (surplus.has(state.slot)) emptySlot(this.#input, this.#plan, { slot: state.slot, tasks: bySlot.get(state.slot) ?? [] });
      else this.#serve(state, start.has(state.slot));
    }
  }

  /** Containers without a record: from now on they are tasks of this very job. */
  #adopt(): void {
    const serviceUid = this.#service.metadata.uid;
    for (const { record, name, namespace, spec } of this.#input.tasks)
      if (record === undefined) this.#plan.assign.push({ name, namespace, spec: { ...spec, serviceUid } });
  }

  #stand(slot: string, tasks: readonly TaskView[]): Standing {
    const { specHash, busy } = this.#input;
    const sorted = pastIsOver(preferDone(sortIntoBuckets(tasks, specHash, (task) => this.#slots.whyLeave(task) !== undefined)));
    const isActive = sorted.keep !== undefined || sorted.leaving.length > 0 || busy.get(slot) === specHash || isBlocked(sorted);
    if (isActive) return { slot, buckets: sorted, state: sorted.keep?.phase === 'complete' ? 'complete' : 'active' };
    const isOver = this.#slots.restartOf(sorted)?.decision.kind === 'never';
    return { slot, buckets: sorted, ...(isOver ? { state: 'ended' as const } : {}) };
  }

  #choose(standing: readonly Standing[]): { start: Set<string>; surplus: Set<string> } {
    const { spec } = this.#service;
    if (spec.mode === 'global-job') {
      const free = standing.filter(({ state }) => state === undefined);
      return { start: new Set(free.map(({ slot }) => slot)), surplus: new Set() };
    }
    const slots = standing.flatMap(({ slot, state }) => (state === undefined ? [] : [{ slot: Number(slot), state }]));
    const { start, surplus } = planSlots({ completions: spec.replicas, maxConcurrent: concurrencyOf(spec), slots });
    return { start: new Set(start.map(String)), surplus: new Set(surplus.map(String)) };
  }

  #serve(state: Standing, starts: boolean): void {
    const { slot, buckets } = state;
    // A task never runs twice at a time: where it must leave its node, it stops before its successor starts.
    const merged = { slot, buckets: { ...buckets, outdated: [...buckets.outdated, ...buckets.leaving], leaving: [] } };
    if (buckets.keep !== undefined) {
      forgetEmpty(buckets.lost, this.#plan);
      this.#slots.finish(merged, buckets.keep);
    } else if (isBlocked(buckets)) this.#plan.waiting.push({ slot, reason: 'its node cannot be reached' });
    else if (buckets.leaving.length > 0) this.#move(merged, buckets.leaving);
    else if (starts) this.#start(merged);
    else this.#rest(state);
  }

  /** What is left of earlier tasks goes once the slot has a new one: until then it tells how often the slot was tried. */
  #start(state: SlotState): void {
    const before = this.#plan.assign.length;
    this.#slots.place(state, 'missing');
    if (this.#plan.assign.length > before) forgetEmpty(this.#slots.leftOver(state), this.#plan);
  }

  #move(state: SlotState, leaving: readonly TaskView[]): void {
    const [first] = leaving as [TaskView];
    const why = this.#slots.whyLeave(first) ?? 'moving';
    const waits = this.#plan.waiting.length;
    this.#slots.place(state, why);
    const [refused] = this.#plan.waiting.splice(waits);
    if (refused !== undefined) this.#plan.staying.push({ task: first.name, reason: `${why}; it stays: ${refused.reason}` });
  }

  /** A slot that is not filled now: tasks of earlier iterations leave it; one that ended for good stays to be seen. */
  #rest({ slot, buckets, state }: Standing): void {
    if (state === 'ended') this.#slots.place({ slot, buckets }, 'missing');
    const old = Object.values({ ...buckets, keep: [] })
      .flat()
      .filter((task) => task.spec.specHash !== this.#input.specHash);
    const chain = removalChain(slot, old, 'of an earlier iteration');
    const gone = old.filter((task) => ['assigned', 'rejected', 'gone', 'unassigned'].includes(task.phase) && task.container === undefined);
    forgetEmpty(gone, this.#plan);
    if (chain !== undefined) launch(this.#input, this.#plan, chain);
  }
}

/** A copy on a node that was lost may have done the work meanwhile. */
function preferDone(buckets: SlotBuckets): SlotBuckets {
  const done = buckets.duplicate.find((task) => task.phase === 'complete');
  const { keep } = buckets;
  if (done === undefined || keep === undefined || keep.phase === 'complete') return buckets;
  return { ...buckets, keep: done, duplicate: [keep, ...buckets.duplicate.filter((task) => task !== done)] };
}

/** What completed in an earlier iteration holds its slot no more than what failed in it: it is only to be cleared away. */
function pastIsOver(buckets: SlotBuckets): SlotBuckets {
  const isOver = ({ phase }: TaskView): boolean => phase === 'complete';
  const { outdated, dead } = buckets;
  return { ...buckets, outdated: outdated.filter((task) => !isOver(task)), dead: [...dead, ...outdated.filter(isOver)] };
}

/** A task of an earlier iteration may still run on a node that cannot be reached. */
const isBlocked = (buckets: SlotBuckets): boolean => buckets.outdated.some((task) => task.phase === 'unknown');
