import type { NodeObservation, ObservedContainer, PlacedContainer } from '../types/observation.ts';
import type { StoredTask } from '../types/objects.ts';
import type { Service, TaskSpec } from '../types/generated.ts';
import { ENGINE_RESTARTS, SHORT_RUN_MS } from '../restart/decide.ts';
import { networksIn } from '../network/attachments.ts';
import { LABELS } from './names.ts';

/**
 * Where one attempt stands, from its Task object and what its node was last seen to run:
 * - `unknown`: its node cannot be reached, or was not listed since; it may well run (invariant 4).
 * - `orphaned`: `unknown` for so long that its slot is filled elsewhere; what runs there when the node is back is surplus.
 * - `unassigned`: its node is no longer part of the cluster.
 * - `assigned`: recorded, container not created yet. `rejected`: none can be created, or it can never start. `gone`: it had one and the node no longer has it.
 * - `created`, `starting` (running, not yet healthy or not yet in every node's tables), `running`, `restarting` (the engine restarts it), `unhealthy`.
 * - `complete`: ended, and its restart condition says that is fine. `failed`: ended, however well, and its slot is to be filled again.
 * - `removing`: the engine is removing it.
 */
export type TaskPhase =
  | 'unknown'
  | 'orphaned'
  | 'unassigned'
  | 'assigned'
  | 'rejected'
  | 'gone'
  | 'created'
  | 'starting'
  | 'running'
  | 'restarting'
  | 'unhealthy'
  | 'complete'
  | 'failed'
  | 'removing';

export interface TaskView {
  /** Name of the Task object. */
  name: string;
  namespace: string;
  spec: TaskSpec;
  phase: TaskPhase;
  /** Absent where a container was found that the store has no record of: it is adopted. */
  record?: StoredTask;
  container?: ObservedContainer;
}

export interface TaskSources {
  records: readonly StoredTask[];
  /** Containers of this service by node. */
  containers: readonly PlacedContainer[];
  node: (name: string) => NodeObservation | undefined;
  restart: Service['spec']['restart']['condition'];
  /** Of a job: what tasks of the iteration in force say of themselves. What has completed in it stays so, whatever becomes of its container and its node. */
  iteration?: { specHash: string; serviceUid: string } | undefined;
  /** Of a job: whether a container that is to go is known not to have been told to. Absent: nothing is known. */
  isUntold?: ((containerId: string) => boolean) | undefined;
  /** Whether its clients find a task that runs: it is in the tables of all nodes that answer. Absent: they need none. */
  hasEntered?: ((record: StoredTask) => boolean) | undefined;
}

type Sources = Pick<TaskSources, 'records' | 'containers'>;

const keyOf = ({ node, container }: PlacedContainer): string => `${node}/${container.labels[LABELS.task] ?? ''}`;

/** Containers that no record tells of. */
export function unrecorded({ records, containers }: Sources): PlacedContainer[] {
  const known = new Set(records.map((record) => `${record.spec.node}/${record.metadata.name}`));
  return containers.filter((entry) => !known.has(keyOf(entry)));
}

/** Joins records and containers: every record and every container appears exactly once. */
export function viewTasks(sources: TaskSources): TaskView[] {
  const unclaimed = new Map(sources.containers.map((entry) => [keyOf(entry), entry]));
  const views = sources.records.map((record) => {
    const key = `${record.spec.node}/${record.metadata.name}`;
    const container = unclaimed.get(key)?.container;
    unclaimed.delete(key);
    return viewRecord(record, container, sources);
  });
  return [...views, ...[...unclaimed.values()].map((entry) => viewAdopted(entry, sources))];
}

function viewRecord(stored: StoredTask, container: ObservedContainer | undefined, sources: TaskSources): TaskView {
  const record = isDone(container, sources) ? unmarked(stored) : stored;
  const observation = sources.node(record.spec.node);
  const seen = phaseOf({ observation, container, record, restart: sources.restart });
  const phase = hasCompleted(record, sources) ? 'complete' : enteredPhase(seen, record, sources);
  return {
    name: record.metadata.name,
    namespace: record.metadata.namespace ?? 'default',
    spec: record.spec,
    phase,
    record,
    ...(container === undefined ? {} : { container }),
  };
}

/** It has done its work before it was told to go: that it was to go no longer counts. */
function isDone(container: ObservedContainer | undefined, { iteration, isUntold }: TaskSources): boolean {
  if (iteration === undefined || container?.state !== 'exited' || container.exitCode !== 0) return false;
  return isUntold?.(container.id) === true;
}

function unmarked(record: StoredTask): StoredTask {
  const { desiredState: _desired, ...status } = record.status ?? {};
  return { ...record, status };
}

function hasCompleted(record: StoredTask, { iteration }: TaskSources): boolean {
  const { spec, status } = record;
  if (iteration === undefined || endOf(record) !== 'Complete' || status?.desiredState === 'Shutdown') return false;
  return spec.specHash === iteration.specHash && spec.serviceUid === iteration.serviceUid;
}

/** One that was found there once is not doubted: a controller that starts does not yet know what nodes have acknowledged. */
function enteredPhase(phase: TaskPhase, record: StoredTask, { hasEntered }: TaskSources): TaskPhase {
  if (phase !== 'running' || hasEntered === undefined || record.status?.state === 'Running') return phase;
  return hasEntered(record) ? phase : 'starting';
}

function viewAdopted(entry: PlacedContainer, sources: TaskSources): TaskView {
  const { labels } = entry.container;
  return {
    name: labels[LABELS.task] ?? '',
    namespace: labels[LABELS.namespace] ?? 'default',
    spec: {
      service: labels[LABELS.service] ?? '',
      serviceUid: labels[LABELS.serviceUid] ?? '',
      slot: labels[LABELS.slot] ?? '',
      node: entry.node,
      containerName: entry.container.name,
      specHash: labels[LABELS.specHash] ?? '',
      image: entry.container.image,
      ...(labels[LABELS.iteration] === undefined ? {} : { iteration: Number(labels[LABELS.iteration]) }),
      ...adoptedNetworks(entry.container),
    },
    phase: phaseOf({ observation: sources.node(entry.node), container: entry.container, record: undefined, restart: sources.restart }),
    container: entry.container,
  };
}

/** The networks of ours that it is in, by what the engine calls them. */
function adoptedNetworks({ labels, networks = {} }: ObservedContainer): Pick<TaskSpec, 'networks' | 'addresses'> {
  const ours = networksIn(networks, labels[LABELS.namespace] ?? 'default');
  if (ours.length === 0) return {};
  return { networks: ours.map(([name]) => name), addresses: Object.fromEntries(ours.filter(([, address]) => address !== '')) };
}

interface PhaseInput {
  observation: NodeObservation | undefined;
  container: ObservedContainer | undefined;
  record: StoredTask | undefined;
  restart: TaskSources['restart'];
}

function phaseOf({ observation, container, record, restart }: PhaseInput): TaskPhase {
  if (observation === undefined) return 'unassigned';
  if (observation.state !== 'Ready' || !observation.listed) return record?.status?.state === 'Orphaned' ? 'orphaned' : 'unknown';
  if (container === undefined) return missingPhase(record);
  // Its container was created after all, too late.
  if (lastState(record) === 'Rejected' && container.state !== 'removing') return 'rejected';
  return endedPhase(container, record, restart) ?? containerPhase(container, restart);
}

function missingPhase(record: StoredTask | undefined): TaskPhase {
  if (lastState(record) === 'Rejected') return 'rejected';
  return record?.status?.containerId === undefined ? 'assigned' : 'gone';
}

/** What does not depend on the container's state alone: its end was told, the controller stopped it, or it crashes again and again. */
function endedPhase(container: ObservedContainer, record: StoredTask | undefined, restart: TaskSources['restart']): TaskPhase | undefined {
  if (container.state === 'removing') return undefined;
  if (endOf(record) !== undefined) return endedAs(container, record, restart);
  // Stopped by the controller, a task has not done its work, however well it exited.
  const isStopped = container.state === 'exited' && wasToGo(record);
  return isStopped || isCrashLoop(container, record) ? 'failed' : undefined;
}

function endedAs(container: ObservedContainer, record: StoredTask | undefined, restart: TaskSources['restart']): TaskPhase {
  if (record?.status?.reason === 'Unhealthy') return container.health === 'unhealthy' ? 'unhealthy' : 'failed';
  return exitedPhase(record?.status?.exitCode ?? container.exitCode, restart);
}

function exitedPhase(exitCode: number | undefined, restart: TaskSources['restart']): 'complete' | 'failed' {
  return restart === 'none' || (restart === 'on-failure' && exitCode === 0) ? 'complete' : 'failed';
}

/** The state that it was last seen in: that its node cannot be reached says nothing of it. */
export function lastState(record: StoredTask | undefined): NonNullable<StoredTask['status']>['state'] {
  const { state, lastKnownState } = record?.status ?? {};
  return state === 'Unknown' || state === 'Orphaned' ? (lastKnownState as typeof state) : state;
}

/** How it ended, once that has been told: a task ends once, whatever its container does after that (Swarm: observed state is monotonic). */
export function endOf(record: StoredTask | undefined): 'Failed' | 'Complete' | undefined {
  const last = lastState(record);
  return last === 'Failed' || last === 'Complete' ? last : undefined;
}

/** Whether it ended by itself, with exit code 0. */
export function endedWell({ container, record }: Pick<TaskView, 'container' | 'record'>): boolean {
  const end = endOf(record);
  if (end !== undefined) return end === 'Complete';
  return container?.state === 'exited' && container.exitCode === 0 && !wasToGo(record);
}

/** Whether steps of the controller were taking it away, and it had not ended by itself before. */
export function wasToGo(record: StoredTask | undefined): boolean {
  return record?.status?.desiredState === 'Shutdown' && endOf(record) === undefined;
}

/** The engine has tried often enough: a container that ends at once, again and again, is a failed task that the controller replaces. */
function isCrashLoop(container: ObservedContainer, record: StoredTask | undefined): boolean {
  if (container.state !== 'restarting') return false;
  const { startedAt, finishedAt } = container;
  const short = startedAt === undefined || finishedAt === undefined || finishedAt - startedAt < SHORT_RUN_MS;
  const limit = (record?.spec.restarts?.streak ?? 0) > 0 ? 1 : ENGINE_RESTARTS;
  return short && (container.restartCount ?? 0) >= limit;
}

function containerPhase(container: ObservedContainer, restart: TaskSources['restart']): TaskPhase {
  switch (container.state) {
    case 'created':
      return 'created';
    case 'running':
      return healthPhase(container.health);
    case 'paused':
      // Paused by a person: it serves nothing, yet it is theirs to unpause.
      return 'starting';
    case 'restarting':
      return 'restarting';
    case 'removing':
      return 'removing';
    case 'dead':
      return 'failed';
    case 'exited':
      return exitedPhase(container.exitCode, restart);
  }
}

function healthPhase(health: ObservedContainer['health']): TaskPhase {
  if (health === 'starting') return 'starting';
  return health === 'unhealthy' ? 'unhealthy' : 'running';
}

/** Phases in which the task holds its slot and nothing needs to be done for it now. */
const LIVE: ReadonlySet<TaskPhase> = new Set(['unknown', 'assigned', 'created', 'starting', 'running', 'restarting', 'complete']);

export function isLive(task: TaskView): boolean {
  return LIVE.has(task.phase);
}

/** Ready as users mean it: runs, and healthy where there is a healthcheck (invariant 10); a finished one-shot counts too. */
export function isReady(task: TaskView): boolean {
  return task.phase === 'running' || task.phase === 'complete';
}

/** The healthier, then the newer, then the one whose name sorts first. */
export function preferLively(a: TaskView, b: TaskView): number {
  return rank(a) - rank(b) || (b.container?.createdAt ?? 0) - (a.container?.createdAt ?? 0) || (a.name < b.name ? -1 : 1);
}

function rank(task: TaskView): number {
  if (isReady(task)) return 0;
  const order: TaskPhase[] = ['starting', 'restarting', 'unknown', 'created', 'assigned'];
  const place = order.indexOf(task.phase);
  return place === -1 ? order.length + 1 : place + 1;
}
