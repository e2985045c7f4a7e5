import type { Operations } from '../lib/apply/operations.ts';
import { hasCode } from '../lib/errors/error.ts';
import { historyChanges } from '../lib/history/changes.ts';
import { SETTLING, type ServicePlan } from '../lib/plan/service-plan.ts';
import { planWork, workStatus } from '../lib/plan/work.ts';
import { waitsUntil } from '../lib/plan/restarts.ts';
import { isBackingOff } from '../lib/restart/decide.ts';
import { restartPolicy } from '../lib/restart/policy.ts';
import type { SlotProblem } from '../lib/plan/slot-problem.ts';
import { taskObject } from '../lib/plan/task-object.ts';
import { taskStatus } from '../lib/plan/task-status.ts';
import { nodeNetworks, type PlanNetworks } from '../lib/plan/task-networks.ts';
import { unrecorded, viewTasks, type TaskView } from '../lib/plan/task-view.ts';
import type { EvictionVerdict } from '../lib/plan/eviction.ts';
import type { Clock } from '../lib/ports/clock.ts';
import type { EventSink } from '../lib/ports/events.ts';
import type { Ids } from '../lib/ports/ids.ts';
import type { Log } from '../lib/ports/log.ts';
import type { Metrics } from '../lib/ports/metrics.ts';
import type { Change, Snapshot, Store } from '../lib/ports/store.ts';
import { whyUnconnected, type Blocked } from '../lib/network/connected.ts';
import { whyUnpublished } from '../lib/publish/plan.ts';
import { namespaceOf } from '../lib/plan/names.ts';
import { AddressBook } from '../lib/runtime/address-book.ts';
import type { Cluster } from '../lib/runtime/cluster.ts';
import { SETTLE_MS, type LiveNodes } from '../lib/runtime/live-nodes.ts';
import { DONE, type Outcome } from '../lib/runtime/outcome.ts';
import { Reservations } from '../lib/runtime/reservations.ts';
import type { Pending } from '../lib/runtime/pending.ts';
import { Stopwatch } from '../lib/runtime/stopwatch.ts';
import type { TaskIndex } from '../lib/runtime/task-index.ts';
import { parseRefKey, type ObjectRef, type StoredService, type StoredTask } from '../lib/types/objects.ts';
import type { NodeObservation } from '../lib/types/observation.ts';
import { sameJson } from '../lib/types/same-json.ts';
import { viewOf } from '../lib/jobs/target.ts';
import { crowdedTasks } from './crowding.ts';
import { Evictions } from './evictions.ts';
import type { PlaneController } from './plane.ts';
import type { ExternalChanges } from './external-changes.ts';
import { volumeKeepers } from './volume-keepers.ts';
import { orphanedRevisions, readRollout, revisionChanges, rolloutStatus, type Rollout } from './revisions.ts';

export interface ServiceControllerOptions {
  clusterName: string;
  store: Store;
  index: TaskIndex;
  cluster: Cluster;
  nodes: LiveNodes;
  pending: Pending;
  operations: Operations;
  external: ExternalChanges;
  clock: Clock;
  ids: Ids;
  log: Log;
  metrics: Metrics;
  events: EventSink;
  /** How many tasks of a slot are remembered, the running one included; negative: all. */
  taskHistoryLimit: number;
  plane?: PlaneController | undefined;
}

interface PassInput {
  key: string;
  service: StoredService | undefined;
  rollout: Rollout | undefined;
  hash: string;
  tasks: readonly TaskView[];
  plan: ServicePlan;
  /** Why nothing new is placed. */
  blocked: Blocked | undefined;
  evictions: EvictionVerdict;
}

/** Wiring only: read, plan, store, launch. One pass of one key at a time; the work queue sees to that. */
export class ServiceController {
  readonly #options: ServiceControllerOptions;
  readonly #stopwatch: Stopwatch;
  readonly #evictions: Evictions;
  readonly #reservations = new Reservations();
  readonly #addresses: AddressBook;
  readonly #external: ExternalChanges;

  constructor(options: ServiceControllerOptions) {
    this.#options = options;
    this.#stopwatch = new Stopwatch(options.clock, options.metrics);
    this.#evictions = new Evictions(options);
    this.#addresses = new AddressBook(options.index, this.#reservations);
    this.#external = options.external;
  }

  async pass(key: string): Promise<Outcome> {
    const { store, index, cluster, nodes, operations, clock, plane } = this.#options;
    const snapshot = store.snapshot();
    const service = snapshot.get(parseRefKey(key) as ObjectRef & { kind: 'Service' });
    // One that is no part of the cluster any more may still be linked for a moment: what runs there is nobody's matter.
    const isMember = (name: string): boolean => snapshot.get({ kind: 'Node', name }) !== undefined;
    const seen = { records: index.ofService(key), containers: cluster.containersOf(key).filter(({ node }) => isMember(node)) };
    const node = (name: string): NodeObservation | undefined => (isMember(name) ? cluster.observation(name) : undefined);
    const settling = nodes.isSettling(clock.now());
    const found = { labels: () => unrecorded(seen).map(({ container }) => container.labels), settling };
    const rollout = service === undefined ? undefined : readRollout(service, { snapshot, found, now: clock.now() });
    const hash = rollout?.target.specHash ?? '';
    const hasEntered = plane === undefined ? undefined : (record: StoredTask): boolean => plane.hasEntered(record);
    const isUntold = (id: string): boolean => operations.isUntold(id);
    const tasks = viewTasks({ ...seen, node, ...viewOf(rollout?.target), isUntold, hasEntered });
    const evictions = this.#evictions.judge(key, service, tasks);
    const given = this.#given(rollout?.target.service, snapshot);
    const plan = planWork({
      service: rollout?.target.service,
      specHash: hash,
      iteration: rollout?.target.iteration?.number,
      cluster: this.#options.clusterName,
      tasks,
      retired: index.historyOf(key),
      nodes: nodes.index(),
      crowded: crowdedTasks(key, tasks, { nodes: nodes.index(), index }),
      busy: operations.busy(key),
      held: operations.held(key, hash),
      failedTasks: failedTasks(operations.problems(key, hash)),
      settling,
      lost: evictions.lost,
      ...given,
      keeperOf: volumeKeepers(key, { index, snapshot, reservations: this.#reservations }),
      avoidance: operations.troubles.avoidance(key, hash),
      salt: String(snapshot.revision),
      rollout: {
        now: clock.now(),
        previous: rollout?.previous,
        failedSpecHash: rollout?.target.failedSpecHash,
        failedSlots: operations.failedSlots(key, hash),
      },
    });
    this.#options.pending.set(key, plan.awaited);
    return this.#carryOut({ key, service, rollout, hash, tasks: giveUp(tasks, plan.orphaned), plan, blocked: given.blocked, evictions });
  }

  async #carryOut(pass: PassInput): Promise<Outcome> {
    const { operations } = this.#options;
    const { key, plan, service } = pass;
    const release = this.#reservations.reserve(plan.assign);
    try {
      // Written ahead: a controller killed after a create finds the assignment, even with the host out of reach.
      await this.#options.store.commit(this.#changes(pass));
    } catch (error) {
      if (hasCode(error, 'DSW_STORE_CONFLICT')) return { kind: 'requeue', afterMs: 0, why: error.message };
      throw error;
    } finally {
      release();
    }
    this.#external.tell(key, service, pass.tasks);
    operations.lastLogs.keep(key, stayingTasks(pass));
    for (const slot of plan.cancel) operations.cancel(key, slot);
    for (const chain of plan.chains) operations.launch(key, chain);
    if (service === undefined && pass.tasks.length === plan.forget.length) this.#forget(key);
    const settling = plan.waiting.some((wait) => wait.reason === SETTLING);
    const waits = [
      operations.nextRetry(key, pass.hash),
      plan.waiting.length + plan.staying.length === 0 ? undefined : operations.troubles.nextMs(),
      settling ? SETTLE_MS : undefined,
      untilNextStart(plan, this.#options.clock.now()),
      pass.evictions.nextMs,
      plan.rollout?.requeueAfterMs,
    ];
    const retry = waits.reduce((first, wait) => (wait === undefined || (first !== undefined && first <= wait) ? first : wait), undefined);
    return retry === undefined
      ? DONE
      : {
          kind: 'requeue',
          afterMs: retry,
          why: settling ? SETTLING : 'a step failed, a node is away, a task waits for its restart, or a rollout is under way',
        };
  }

  /** What the service has been given of networks and ports, or why not. Without a data plane there is nothing to give. */
  #given(service: StoredService | undefined, snapshot: Snapshot): { networks?: PlanNetworks; blocked?: Blocked | undefined } {
    if (service === undefined || this.#options.plane === undefined) return {};
    const networks = snapshot.list('Network', { namespace: namespaceOf(service) });
    const taken: PlanNetworks['taken'] = (node, network) => this.#addresses.taken(node, network);
    const blocked = whyUnconnected(service, networks) ?? whyUnpublished(service);
    const seen: PlanNetworks['seen'] = (node, network) => this.#options.operations.networks.seen(node, network);
    const strays = this.#options.index.straysOf(service);
    return { networks: { of: nodeNetworks(service, networks, this.#options.clusterName), taken, seen, strays }, blocked };
  }

  #forget(key: string): void {
    this.#options.operations.forget(key);
    this.#stopwatch.forget(key);
    this.#evictions.forget(key);
  }

  #changes(pass: PassInput): Change[] {
    const changes = [...this.#taskChanges(pass), ...this.#evictions.record(pass.key, pass.plan.orphaned, pass.tasks)];
    const { ids, store } = this.#options;
    changes.push(...this.#historyChanges(pass));
    changes.push(
      ...(pass.rollout === undefined ? orphanedRevisions(store.snapshot(), pass.key) : revisionChanges(pass.rollout.history, ids)),
    );
    const service = this.#serviceChange(pass);
    if (service !== undefined) changes.push(service);
    return changes;
  }

  #historyChanges({ key, service, hash, tasks, plan }: PassInput): Change[] {
    const { operations, clock, index, taskHistoryLimit } = this.#options;
    const left = new Set(plan.forget);
    return historyChanges({
      service,
      wanted: plan.wanted,
      leaving: tasks.filter((task) => left.has(task.name)),
      staying: tasks.filter((task) => !left.has(task.name)),
      retired: index.historyOf(key),
      problems: operations.problems(key, hash),
      lastLog: (task) => operations.lastLogs.get(key, task),
      limit: taskHistoryLimit,
      now: clock.now(),
    });
  }

  #taskChanges({ key, service, hash, tasks, plan }: PassInput): Change[] {
    const { clock, ids, operations } = this.#options;
    const problems = operations.problems(key, hash);
    const forgotten = new Set(plan.forget);
    const staying = new Map(plan.staying.map(({ task, reason }) => [task, reason]));
    const busy = new Map([...operations.busy(key), ...plan.chains.map((chain) => [chain.slot, chain.specHash] as const)]);
    const waits = new Map(plan.waiting.flatMap(({ slot, reason, until }) => (until === undefined ? [] : [[slot, reason] as const])));
    const goes = leavingTasks(plan, service?.spec.suspend === true ? [] : tasks);
    const waitOf = (task: TaskView): { why: string; isCrashLoop: boolean } | undefined => {
      if (service === undefined || !isWaiting(task, clock.now())) return undefined;
      // While its chain prepares it the plan has nothing to say of the slot: what was said before still holds.
      const why = waits.get(task.spec.slot) ?? task.record?.status?.message ?? '';
      return { why, isCrashLoop: isBackingOff(task.spec.restarts, restartPolicy(service.spec.restart)) };
    };
    const statusOf = (task: TaskView): ReturnType<typeof taskStatus> => {
      const { slot } = task.spec;
      const leaving = busy.has(slot) && busy.get(slot) !== task.spec.specHash;
      return taskStatus(task, {
        busy: busy.has(slot),
        leaving,
        staying: staying.get(task.name),
        problem: problems.get(slot),
        goes: goes.has(task.name),
        waits: waitOf(task),
        now: clock.now(),
      });
    };
    const taskOf = (assignment: ServicePlan['assign'][number]): TaskView =>
      tasks.find((task) => task.record === undefined && task.name === assignment.name) ?? { ...assignment, phase: 'assigned' };
    const changes: Change[] = plan.assign.map((assignment) => ({
      put: taskObject(assignment, statusOf(taskOf(assignment)), { uid: ids.uid(), now: clock.now() }),
    }));
    for (const task of tasks) {
      if (task.record === undefined || forgotten.has(task.name)) continue;
      const status = statusOf(task);
      if (!sameJson(status, task.record.status)) changes.push({ put: { ...task.record, status } });
    }
    return changes;
  }

  #serviceChange({ key, service, rollout, hash, tasks, plan, blocked }: PassInput): Change | undefined {
    if (service === undefined || rollout === undefined) return undefined;
    const { operations, clock, plane } = this.#options;
    const first = [...operations.problems(key, hash).values()][0];
    const problem = first === undefined ? undefined : { message: first.message, reason: first.reason ?? 'StepFailed' };
    const busySlots = operations.busy(key).size + plan.chains.length;
    const progress = rolloutStatus(rollout, service, plan.rollout);
    const forgotten = new Set(plan.forget);
    const left = tasks.filter((task) => !forgotten.has(task.name));
    const { service: target, iteration } = rollout.target;
    const seen = { service: target, specHash: hash, iteration, tasks: left, plan, busySlots, problem, blocked, now: clock.now() };
    const status = { ...workStatus({ ...seen, dataPlane: plane !== undefined, progress }), ...progress };
    const { generation } = service.metadata;
    this.#stopwatch.saw(key, { generation, observedGeneration: service.status?.observedGeneration, isReady: status.state === 'Ready' });
    if (sameJson(status, service.status)) return undefined;
    return { put: { ...service, status }, expect: service.metadata.resourceVersion };
  }
}

function failedTasks(problems: ReadonlyMap<string, SlotProblem>): ReadonlyMap<string, string> {
  return new Map([...problems].flatMap(([slot, { task }]) => (task === undefined ? [] : [[slot, task] as const])));
}

/** Tasks that are not history yet once this pass is stored. */
function stayingTasks({ tasks, plan }: PassInput): ReadonlySet<string> {
  const left = new Set(plan.forget);
  return new Set(tasks.flatMap(({ name }) => (left.has(name) ? [] : [name])));
}

/** The tasks as they are once this pass is stored: those given up are no longer waited for. */
function giveUp(tasks: readonly TaskView[], names: readonly string[]): readonly TaskView[] {
  if (names.length === 0) return tasks;
  const orphaned = new Set(names);
  return tasks.map((task) => (orphaned.has(task.name) ? { ...task, phase: 'orphaned' } : task));
}

/** Tasks that steps of this pass take away, and those in slots that are not wanted: that they go stays decided. */
function leavingTasks({ chains, wanted }: ServicePlan, tasks: readonly TaskView[]): Set<string> {
  const slots = new Set(wanted);
  const taken = chains.flatMap(({ steps }) => steps.flatMap((step) => (step.op === 'stop' || step.op === 'remove' ? [step.task] : [])));
  return new Set([...taken, ...tasks.filter((task) => !slots.has(task.spec.slot)).map((task) => task.name)]);
}

const isWaiting = (task: TaskView, now: number): boolean =>
  waitsUntil(task, now) !== undefined && (task.phase === 'assigned' || task.phase === 'created');

/** Milliseconds until the first task that waits for its restart may start. */
function untilNextStart({ waiting }: ServicePlan, now: number): number | undefined {
  const times = waiting.flatMap(({ until }) => (until === undefined ? [] : [until - now]));
  return times.length === 0 ? undefined : Math.max(0, Math.min(...times));
}
