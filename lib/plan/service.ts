import { isJob } from '../jobs/modes.ts';
import { nameNodes, type ServiceDemand } from '../schedule/filters.ts';
import { NodeBook } from '../schedule/node-book.ts';
import type { NodeFacts } from '../schedule/node-facts.ts';
import type { Placement } from '../schedule/placing.ts';
import { NO_RESOURCES } from '../schedule/resources.ts';
import { isBackingOff } from '../restart/decide.ts';
import { restartPolicy } from '../restart/policy.ts';
import type { StoredService } from '../types/objects.ts';
import { assignTask, unrecordedTasks } from './assignment.ts';
import { isEmpty, sortIntoBuckets, type SlotBuckets, type SlotState } from './buckets.ts';
import { clearingChain, fillChain, isRunning, removalChain } from './chain.ts';
import { enterTasks, releaseTask, serviceDemand } from './demand.ts';
import { emptySlot, forgetEmpty, launch } from './emptying.ts';
import { keepsData, withoutOverlap } from './holding.ts';
import { DataHomes, type Homes } from './homes.ts';
import { cannotStart, movesNow, mustLeave } from './leaving.ts';
import { goesOnWithout } from './overdue.ts';
import { findUneven, isAtRest } from './rest.ts';
import { newOrphans, orphanTasks } from './orphans.ts';
import { planRollout } from './planned-rollout.ts';
import { recentFailures } from './recent-failures.ts';
import { passedOn, restartOf, waitsUntil, whyRestarts, type SlotRestart } from './restarts.ts';
import { groupBySlot, wantedSlots } from './slots.ts';
import type { TaskAssignment } from './step.ts';
import { findStrays, type Strays } from './strays.ts';
import { attachTask, networksOf, type AttachedTask } from './task-networks.ts';
import { isLive, isReady, type TaskView } from './task-view.ts';
import { emptyPlan, SETTLING, type ServicePlan, type ServicePlanInput, type Wait } from './service-plan.ts';

const AWAY = 'its node cannot be reached';

/** Desired state and observation in, steps out. The same input gives the same plan (invariant 1). */
export function planService(input: ServicePlanInput): ServicePlan {
  const plan = emptyPlan();
  if (input.service?.spec.suspend === true) return { ...plan, wanted: wantedSlots(input.service, input.nodes, input.tasks) };
  const isReplicated = input.service?.spec.mode === 'replicated';
  // Its data is on the node that is away: started elsewhere, it would begin anew, and be there twice when the node is back.
  const isMovable = isReplicated && input.service !== undefined && !keepsData(input.service.spec);
  const tasks = isMovable ? orphanTasks(input.tasks, input.lost ?? new Set()) : input.tasks;
  fillPlan({ ...input, tasks }, plan);
  plan.orphaned = newOrphans({ before: input.tasks, after: tasks, assigned: new Set(plan.assign.map(({ spec }) => spec.slot)) });
  return plan;
}

function fillPlan(input: ServicePlanInput, plan: ServicePlan): void {
  if (input.service !== undefined) plan.assign.push(...unrecordedTasks(input.tasks));
  plan.wanted = input.service === undefined ? [] : wantedSlots(input.service, input.nodes, input.tasks);
  const wanted = new Set(plan.wanted);
  const bySlot = groupBySlot(input.tasks);
  for (const [slot, tasks] of bySlot) if (!wanted.has(slot)) emptySlot(input, plan, { slot, tasks });
  if (input.service !== undefined) new SlotPlanner(input, input.service, plan).fill(bySlot);
}

interface Assigning {
  placement: Exclude<Placement, { refused: string }>;
  reason: string;
  restart: SlotRestart | undefined;
  /** The task that it replaces for balance alone. */
  evensOut?: string;
}

interface MakingWay {
  slot: string;
  /** Names of tasks. */
  holding: ReadonlySet<string>;
  outgoing: readonly TaskView[];
  node: NodeFacts;
  reason: string;
}

/** Fills the wanted slots of one service in one pass. */
export class SlotPlanner {
  readonly #input: ServicePlanInput;
  readonly #service: StoredService;
  readonly #plan: ServicePlan;
  readonly #demand: ServiceDemand;
  readonly #book: NodeBook;
  readonly #evenedOut: ReadonlySet<string>;
  readonly #homes: DataHomes;
  readonly #strays: Strays;

  constructor(input: ServicePlanInput, service: StoredService, plan: ServicePlan) {
    this.#input = input;
    this.#service = withoutOverlap(service);
    this.#evenedOut = new Set(input.tasks.filter(isLive).flatMap(({ spec }) => spec.evensOut ?? []));
    this.#plan = plan;
    const { tasks, retired = [], specHash, rollout, avoidance, nodes, keeperOf } = input;
    this.#homes = new DataHomes({ service: this.#service, tasks, retired, nodes, keeperOf, now: rollout.now });
    const failures = recentFailures({ tasks, retired, specHash, now: rollout.now });
    this.#strays = findStrays(tasks, input.networks);
    const lastResort = (): Set<string> => new Set([...this.#strays.holding.keys(), ...this.#homes.keptByOthers(plan.wanted)]);
    this.#demand = { ...serviceDemand(service), recentFailures: failures, lastResort, ...avoidance };
    this.#book = new NodeBook(input.nodes, this.#demand);
  }

  fill(bySlot: ReadonlyMap<string, readonly TaskView[]>): void {
    this.enter();
    const leaves = (task: TaskView): boolean => this.whyLeave(task) !== undefined;
    const states = this.#plan.wanted.map((slot) => ({
      slot,
      buckets: sortIntoBuckets(bySlot.get(slot) ?? [], this.#input.specHash, leaves, this.#strays.why),
    }));
    const step = planRollout(this.#input, this.#service, states);
    this.#plan.rollout = step;
    const idle = states.filter(({ slot }) => !this.isBusy(slot));
    if (step.rollBack) return;
    for (const state of idle) forgetEmpty(state.buckets.keep === undefined ? this.leftOver(state) : state.buckets.lost, this.#plan);
    const dirty = idle.filter((state) => !this.#settle(state));
    this.#rollOut(dirty, step.begin);
    this.#move(states, dirty);
    this.#evenOut(states);
  }

  /** Tells the scheduler of the tasks that are there: before anything is placed. */
  enter(): void {
    enterTasks(this.#book, this.#input.tasks, new Set(this.#plan.forget));
  }

  whyLeave(task: TaskView): string | undefined {
    const { constraints, hostPorts } = this.#demand;
    const rules = { constraints, crowded: this.#input.crowded, strays: this.#strays.why, evenedOut: this.#evenedOut };
    const why = mustLeave(task, this.#input.nodes.find(task.spec.node), rules);
    return why ?? cannotStart(task, this.#input.avoidance, hostPorts);
  }

  isBusy(slot: string): boolean {
    if (!this.#input.busy.has(slot)) return false;
    if (this.#input.busy.get(slot) !== this.#input.specHash) this.#plan.cancel.push(slot);
    return true;
  }

  /** False where the slot holds a live task of another spec and none of this one, or only one that must leave its node: those go one by one. */
  #settle(state: SlotState): boolean {
    const { keep, outdated, leaving } = state.buckets;
    if (keep !== undefined) this.finish(state, keep);
    else if (outdated.length === 0 && leaving.length === 0) this.place(state, 'missing');
    else return false;
    return true;
  }

  /** Carries on with the task that the slot has, and clears away what it replaces. */
  finish({ slot, buckets }: SlotState, keep: TaskView): void {
    const outgoing = [...buckets.outdated, ...buckets.duplicate, ...buckets.dead].filter((task) => task.phase !== 'unknown');
    forgetEmpty(
      [...outgoing, ...buckets.leaving].filter((task) => task.phase === 'assigned'),
      this.#plan,
    );
    if (this.#waits({ slot, keep, outgoing })) return;
    if (keep.phase === 'assigned' || keep.phase === 'created') {
      if (this.#cannotStop(buckets)) return void this.#plan.waiting.push({ slot, reason: AWAY });
      // Never beside one that may still write the same data.
      const startFirst = !keepsData(this.#service.spec) && goesOnWithout(this.#input, { slot, keep, outgoing });
      return this.#fillFrom({ slot, existing: keep, outgoing, reason: outgoing.length === 0 ? 'continuing' : 'replacing', startFirst });
    }
    const waitsForReady = this.#service.spec.update.order === 'start-first' && !isReady(keep);
    const left = isReady(keep) ? buckets.leaving : [];
    const removable = [...(waitsForReady ? buckets.dead : outgoing), ...left];
    this.#clear(slot, removable);
  }

  /** What the slot's task replaces goes: that works towards the wanted spec as much as its start did, and is not cancelled by a next pass. */
  #clear(slot: string, tasks: readonly TaskView[]): void {
    const chain = removalChain(slot, tasks, 'replaced');
    if (chain !== undefined) launch(this.#input, this.#plan, { ...chain, specHash: this.#input.specHash });
  }

  /** What is to stop before the new one starts is on a node that is away: it may well run (invariant 4). */
  #cannotStop({ outdated }: SlotBuckets): boolean {
    return this.#service.spec.update.order === 'stop-first' && outdated.some((task) => task.phase === 'unknown');
  }

  #rollOut(dirty: readonly SlotState[], begin: readonly string[]): void {
    const bySlot = new Map(dirty.map((state) => [state.slot, state]));
    for (const { slot, buckets } of dirty) {
      if (buckets.outdated.some((task) => task.phase === 'unknown')) this.#plan.waiting.push({ slot, reason: AWAY });
    }
    for (const slot of begin) {
      const state = bySlot.get(slot);
      if (state === undefined) continue;
      for (const task of state.buckets.outdated) releaseTask(this.#book, task, this.#service.spec.update.order);
      this.place(state, 'updating');
    }
  }

  /** Tasks that must leave their nodes: their replacements are ready before they stop. */
  #move(states: readonly SlotState[], dirty: readonly SlotState[]): void {
    const moving = dirty.filter(({ buckets }) => buckets.outdated.length === 0);
    const underWay = this.#input.busy.size + this.#plan.assign.length;
    const now = movesNow({ parallelism: this.#service.spec.update.parallelism, underWay, slots: states.map(({ buckets }) => buckets) });
    let begun = 0;
    for (const state of moving) {
      const [first] = state.buckets.leaving as [TaskView];
      const why = this.whyLeave(first) ?? 'moving';
      const waits = this.#plan.waiting.length;
      if (begun >= now) return;
      const assigned = this.#plan.assign.length;
      const chains = this.#plan.chains.length;
      this.place(state, why);
      // Strays that are cleared away for their node's sake go together: none of them serves.
      const isCleared = this.#plan.chains.length > chains && this.#plan.assign.length === assigned;
      if (!isCleared) begun += 1;
      const [refused] = this.#plan.waiting.splice(waits);
      if (refused !== undefined) this.#plan.staying.push({ task: first.name, reason: `${why}; it stays: ${refused.reason}` });
    }
  }

  place({ slot, buckets }: SlotState, reason: string): void {
    const held = this.#input.held.get(slot);
    const blocked = held ?? this.#input.blocked?.message;
    if (blocked !== undefined) return void this.#plan.waiting.push({ slot, reason: blocked });
    if (this.#input.settling && isEmpty(buckets)) return void this.#plan.waiting.push({ slot, reason: SETTLING });
    if (buckets.removing.length > 0) return void this.#plan.waiting.push({ slot, reason: 'the engine is removing the previous container' });
    const restart = this.restartOf(buckets);
    if (restart?.decision.kind === 'never')
      return void this.#plan.ended.push({ task: restart.ended.name, reason: restart.decision.reason });
    this.#placeNew({ slot, buckets }, reason, restart);
  }

  #placeNew({ slot, buckets }: SlotState, reason: string, restart: SlotRestart | undefined): void {
    const isGlobal = this.#service.spec.mode.startsWith('global');
    const homes: Homes = isGlobal ? { nodes: [] } : this.#homes.of(slot, buckets);
    const hasHome = homes.nodes.length > 0;
    const stray = this.#strayOf(buckets);
    if (hasHome && buckets.leaving.length > 0 && stray === undefined)
      return void this.#plan.waiting.push({ slot, reason: `its data is in a volume on ${nameNodes(homes.nodes)}` });
    if (homes.waits !== undefined) {
      this.#await(homes.nodes);
      return void this.#plan.waiting.push({ slot, reason: homes.waits, ...(homes.until === undefined ? {} : { until: homes.until }) });
    }
    const isFree = !isGlobal && !hasHome;
    const placement =
      stray === undefined ? this.#placeAt({ slot, buckets }, homes.nodes, isGlobal) : this.#placeStray({ slot, buckets }, stray, isFree);
    if ('node' in placement) return this.#assign({ slot, buckets }, { placement, reason, restart });
    this.#plan.refusals = placement.refusals;
    this.#await(isGlobal ? [slot] : hasHome ? homes.nodes : undefined);
    this.#plan.waiting.push({ slot, reason: placement.refused });
  }

  #placeAt({ slot, buckets }: SlotState, homes: readonly string[], isGlobal: boolean): Placement {
    if (isGlobal) return this.#book.placeOn(slot);
    return homes.length > 0 ? this.#book.placeAtHome(homes) : this.#placeAnywhere(buckets);
  }

  /** Those of a job are among what is stopped first. */
  #strayOf({ leaving, dead, outdated }: SlotBuckets): TaskView | undefined {
    return [...leaving, ...dead, ...(isJob(this.#service.spec) ? outdated : [])].find(({ name }) => this.#strays.why.has(name));
  }

  /** On another node, as it runs on until then; else where it is, once it has gone. */
  #placeStray({ buckets }: SlotState, stray: TaskView, isFree: boolean): Placement {
    const elsewhere = isFree ? this.#placeAnywhere(buckets) : undefined;
    if (elsewhere !== undefined && 'node' in elsewhere) {
      const { name } = elsewhere.node;
      if (!this.#strays.holding.has(name)) return elsewhere;
      this.#book.release(name, { tasks: 1, reserved: this.#demand.reservations ?? NO_RESOURCES });
    }
    releaseTask(this.#book, stray, 'stop-first');
    return this.#book.placeOn(stray.spec.node);
  }

  #placeAnywhere(buckets: SlotBuckets): Placement {
    const [before] = [...buckets.outdated, ...buckets.dead, ...buckets.leaving];
    return this.#book.place((before ?? buckets.lost.find((task) => task.phase !== 'rejected'))?.spec.node);
  }

  /** Evens out where tasks run, one at a time, while nothing else is to be done. */
  #evenOut(states: readonly SlotState[]): void {
    if (!isAtRest(this.#input, this.#plan, states)) return;
    const uneven = findUneven({ service: this.#service, states, nodes: this.#input.nodes, demand: this.#demand });
    const placement = uneven === undefined ? undefined : this.#book.placeOn(uneven.to);
    if (uneven === undefined || placement === undefined || 'refused' in placement || this.#strays.holding.has(uneven.to)) return;
    const { slot, buckets, keep } = uneven;
    const reason = `node ${keep.spec.node} runs more of the service's tasks than ${uneven.to}`;
    const moving = { ...buckets, keep: undefined, leaving: [keep] };
    this.#assign({ slot, buckets: moving }, { placement, reason, restart: undefined, evensOut: keep.name });
  }

  #assign({ slot, buckets }: SlotState, { placement, reason, restart, evensOut }: Assigning): void {
    const outgoing = [...buckets.outdated, ...buckets.dead, ...buckets.leaving];
    const holding = this.#strays.holding.get(placement.node.name);
    if (holding !== undefined) return this.#makeWay({ slot, holding, outgoing, node: placement.node, reason });
    const assigned = assignTask({
      service: this.#service,
      slot,
      node: placement.node,
      specHash: this.#input.specHash,
      salt: this.#input.salt,
      iteration: this.#input.iteration,
      restart: passedOn(buckets, this.#input.specHash, restart),
      evensOut,
    });
    const attached = this.#attach(assigned);
    if ('waits' in attached) return void this.#plan.waiting.push({ slot, reason: attached.waits });
    const { target, networks } = attached;
    this.#plan.assign.push(target);
    this.#homes.assigned(target);
    forgetEmpty(
      outgoing.filter((task) => task.phase === 'assigned'),
      this.#plan,
    );
    // One that never ran has nothing to go on with: the order is that of the update.
    const startFirst = buckets.leaving.some(isRunning);
    const { node } = placement;
    const until = waitsUntil(target, this.#input.rollout.now);
    if (until !== undefined && restart !== undefined)
      this.#plan.waiting.push(this.#wait(target, until, whyRestarts(restart.ended, target.spec.startAfter ?? '')));
    const chain = { service: this.#service, cluster: this.#input.cluster, target, node, networks, outgoing, startFirst, reason };
    this.#plan.chains.push(fillChain({ ...chain, prepareOnly: until !== undefined }));
  }

  /** The engine makes its network anew once nothing runs in it: what the slot itself has there goes, then it waits for the others. */
  #makeWay({ slot, holding, outgoing, node, reason }: MakingWay): void {
    const own = outgoing.filter(({ name }) => holding.has(name));
    const chain = clearingChain({ service: this.#service, slot, outgoing: own, node, reason });
    if (chain !== undefined) return launch(this.#input, this.#plan, { ...chain, specHash: this.#input.specHash });
    const message = `the network of node ${node.name} is made anew once nothing runs in it: ${[...holding].sort().join(', ')}`;
    this.#plan.waiting.push({ slot, reason: `no suitable node (${message})` });
  }

  #attach(target: TaskAssignment): AttachedTask | { waits: string } {
    const { networks } = this.#input;
    return networks === undefined ? { target, networks: [] } : attachTask(target, networks, this.#plan.assign);
  }

  /** `only`: the nodes that come into question. What waits for the same is told once. */
  #await(only: readonly string[] | undefined): void {
    const { awaited } = this.#plan;
    const known = awaited.find(({ nodes }) => (nodes === undefined) === (only === undefined));
    if (known === undefined) awaited.push({ ...this.#book.awaited(), ...(only === undefined ? {} : { nodes: [...only] }) });
    else if (only !== undefined) known.nodes?.push(...only);
  }

  restartOf(buckets: SlotBuckets): SlotRestart | undefined {
    if (buckets.outdated.length > 0 || buckets.leaving.length > 0) return undefined;
    return restartOf(buckets, this.#service, { specHash: this.#input.specHash, now: this.#input.rollout.now });
  }

  /** Records of an empty slot that nothing depends on: not that of a task which is not to be replaced, or that the slot waits after. */
  leftOver({ slot, buckets }: SlotState): TaskView[] {
    const restart = this.restartOf(buckets);
    const waits = this.#input.held.has(slot);
    return buckets.lost.filter(
      (task) => !(waits && task.phase === 'rejected') && (restart?.decision.kind !== 'never' || task !== restart.ended),
    );
  }

  /** Whether the slot's task waits for its time: it is made ready meanwhile, and what it replaces is cleared away. */
  #waits({ slot, keep, outgoing }: { slot: string; keep: TaskView; outgoing: readonly TaskView[] }): boolean {
    const until = waitsUntil(keep, this.#input.rollout.now);
    if (until === undefined || (keep.phase !== 'assigned' && keep.phase !== 'created')) return false;
    this.#plan.waiting.push(this.#wait(keep, until, keep.record?.status?.message ?? `restarts at ${keep.spec.startAfter ?? ''}`));
    if (keep.phase === 'assigned') this.#fillFrom({ slot, existing: keep, outgoing, reason: 'restarting', prepareOnly: true });
    else this.#clear(slot, outgoing);
    return true;
  }

  #wait({ spec }: Pick<TaskView, 'spec'>, until: number, reason: string): Wait {
    const isCrashLoop = isBackingOff(spec.restarts, restartPolicy(this.#service.spec.restart));
    return { slot: spec.slot, reason, until, isCrashLoop };
  }

  #fillFrom(fill: {
    slot: string;
    existing: TaskView;
    outgoing: readonly TaskView[];
    reason: string;
    prepareOnly?: boolean;
    startFirst?: boolean;
  }): void {
    const { existing } = fill;
    const networks = existing.phase === 'assigned' ? networksOf(existing.spec, this.#input.networks) : [];
    if ('waits' in networks) return void this.#plan.waiting.push({ slot: fill.slot, reason: networks.waits });
    const target = { name: existing.name, namespace: existing.namespace, spec: existing.spec };
    const { outgoing, reason, prepareOnly = false, startFirst = false } = fill;
    const node = this.#input.nodes.find(existing.spec.node);
    const chain = fillChain({
      service: this.#service,
      cluster: this.#input.cluster,
      target,
      node,
      networks,
      existing,
      outgoing,
      reason,
      prepareOnly,
      startFirst,
    });
    launch(this.#input, this.#plan, chain);
  }
}
