import { defined } from '../types/defined.ts';
import type { TaskStatus } from '../types/generated.ts';
import type { ObservedContainer } from '../types/observation.ts';
import { isoTime } from '../types/time.ts';
import type { SlotProblem } from './slot-problem.ts';
import { messageOf, reasonOf } from './task-message.ts';
import { endedWell, endOf, lastState, wasToGo, type TaskView } from './task-view.ts';

export interface TaskProgress {
  /** A chain for its slot runs now. */
  busy: boolean;
  /** That chain takes the task away: it works towards another spec, or towards none. */
  leaving: boolean;
  /** Why it is still where it may not stay. */
  staying?: string | undefined;
  /** Why the last chain of its slot failed. */
  problem: SlotProblem | undefined;
  /** It waits for its startAfter: why. */
  waits?: { why: string; isCrashLoop: boolean } | undefined;
  /** Steps of this pass take it away, or its slot is not wanted any more. */
  goes?: boolean;
  /** Milliseconds since the epoch. */
  now: number;
}

type State = NonNullable<TaskStatus['state']>;

/** What users see of a task; everything but `state` comes from the engine's own words. */
export function taskStatus(task: TaskView, progress: TaskProgress): TaskStatus {
  const status = presentStatus(task, progress);
  return { ...status, since: sinceOf(task, status, progress.now) };
}

/** When it entered its state. One whose record was lost has been there for as long as its container, as far as is known. */
function sinceOf({ record, container }: TaskView, { state, finishedAt }: TaskStatus, now: number): string {
  const known = knownSince(record?.status, state);
  if (known !== undefined) return known;
  if ((state === 'Failed' || state === 'Complete') && finishedAt !== undefined) return finishedAt;
  return isoTime(record === undefined ? createdAt(container, now) : now);
}

/** Seen again as it was before its node could not be reached, it has been in its state all the time. */
function knownSince(last: TaskStatus | undefined, state: TaskStatus['state']): string | undefined {
  if (last?.state === state) return last?.since;
  const wasAway = last?.state === 'Unknown' || last?.state === 'Orphaned';
  return wasAway && last.lastKnownState === state ? last.lastKnownSince : undefined;
}

const createdAt = (container: ObservedContainer | undefined, now: number): number => container?.startedAt ?? container?.createdAt ?? now;

function presentStatus(task: TaskView, progress: TaskProgress): TaskStatus {
  if (task.phase === 'orphaned') return unknownStatus(task, progress);
  if (isStopped(task)) return stoppedStatus(task);
  if (endOf(task.record) !== undefined || lastState(task.record) === 'Rejected') return endedStatus(task, progress);
  return task.phase === 'unknown' ? unknownStatus(task, progress) : liveStatus(task, progress);
}

function liveStatus(task: TaskView, progress: TaskProgress): TaskStatus {
  const fixed = { state: stateOf(task, progress), desiredState: desiredState(task, progress), ...whyNot(task, progress) };
  const why = problemOf(task, progress)?.message ?? progress.waits?.why;
  const message = why ?? (fixed.state === 'Complete' ? undefined : messageOf(task));
  if (task.container === undefined) return withMessage({ ...fixed, ...containerOnce(task) }, message);
  return withMessage({ ...fixed, ...seenStatus(task, task.container) }, message ?? progress.staying);
}

function seenStatus(task: TaskView, container: ObservedContainer): TaskStatus {
  // The engine counts anew once a person starts the container, or it is started itself.
  const restarts = Math.max(container.restartCount ?? 0, task.record?.status?.restarts ?? 0);
  return { ...defined({ reason: reasonOf(task) }), ...describeContainer(container), restarts };
}

/** That it had a container stays known, and how it ended: one that is gone is not one that was never made. */
function containerOnce({ phase, record }: TaskView): TaskStatus {
  if (phase !== 'gone') return {};
  const { containerId, exitCode, oomKilled, startedAt, finishedAt, restarts } = record?.status ?? {};
  return defined({ containerId, exitCode, oomKilled, startedAt, finishedAt, restarts });
}

/** Its end stays as it was told; what was not known then is added. */
function endedStatus(task: TaskView, progress: TaskProgress): TaskStatus {
  const last = task.record?.status ?? {};
  const {
    health: _health,
    address: _address,
    ports: _ports,
    lastKnownState: _state,
    lastKnownSince: _since,
    message: _message,
    ...kept
  } = last;
  const state = endOf(task.record) ?? 'Rejected';
  const said = wasAway(last) ? messageOf(task) : last.message;
  const message = problemOf(task, progress)?.message ?? (state === 'Complete' ? undefined : said);
  return withMessage({ ...stoppedContainer(task), ...kept, state, desiredState: desiredState(task, progress) }, message);
}

function stoppedContainer({ container }: TaskView): TaskStatus {
  return container?.state === 'exited' || container?.state === 'dead' ? describeContainer(container) : {};
}

/** It ended because it was to end: that is no failure. */
function isStopped({ phase, record }: TaskView): boolean {
  if (lastState(record) === 'Rejected') return false;
  return wasToGo(record) && (phase === 'gone' || phase === 'failed' || phase === 'removing');
}

function stoppedStatus({ container, record }: TaskView): TaskStatus {
  const { message: _message, health: _health, ports: _ports, reason: _reason, ...last } = record?.status ?? {};
  const seen = container === undefined ? {} : describeContainer(container);
  return { ...last, ...seen, state: 'Stopping', desiredState: 'Shutdown' };
}

/** What is wanted of it; once Shutdown it stays so while what takes it away goes on. */
function desiredState(task: TaskView, { busy, goes, waits }: TaskProgress): NonNullable<TaskStatus['desiredState']> {
  const wasLeaving = task.record?.status?.desiredState === 'Shutdown';
  if (goes === true || (wasLeaving && (busy || task.phase === 'gone'))) return 'Shutdown';
  if (waits !== undefined) return 'Ready';
  return task.spec.iteration === undefined ? 'Running' : 'Complete';
}

/** The failed step was for this task, or for one before it in a slot that is tried again. */
function problemOf(task: TaskView, { problem }: TaskProgress): SlotProblem | undefined {
  return problem === undefined || (problem.task !== task.name && task.phase !== 'assigned') ? undefined : problem;
}

/** Kubernetes' words: for a slot whose tasks fail one after another, and for a step that fails. */
function whyNot(task: TaskView, progress: TaskProgress): Pick<TaskStatus, 'reason'> {
  const { waits } = progress;
  const reason = problemOf(task, progress)?.reason;
  if (reason !== undefined || waits === undefined) return defined({ reason });
  return { reason: waits.isCrashLoop ? 'CrashLoopBackOff' : 'RestartDelay' };
}

function describeContainer(container: ObservedContainer): TaskStatus {
  const hasEnded = container.state !== 'running';
  return defined({
    containerId: container.id,
    health: container.health,
    address: container.address === '' ? undefined : container.address,
    ports: container.ports === undefined ? undefined : [...container.ports],
    exitCode: hasEnded ? container.exitCode : undefined,
    oomKilled: container.oomKilled === true ? true : undefined,
    startedAt: container.startedAt === undefined ? undefined : isoTime(container.startedAt),
    finishedAt: hasEnded && container.finishedAt !== undefined ? isoTime(container.finishedAt) : undefined,
  });
}

const wasAway = (last: TaskStatus | undefined): boolean => last?.state === 'Unknown' || last?.state === 'Orphaned';

function unknownStatus(task: TaskView, { goes }: TaskProgress): TaskStatus {
  const known = task.record?.status;
  const lastKnownState = wasAway(known) ? known?.lastKnownState : known?.state;
  const lastKnownSince = wasAway(known) ? known?.lastKnownSince : known?.since;
  const isOrphaned = task.phase === 'orphaned';
  const fate = isOrphaned ? 'replaced elsewhere; what is left of it goes when the node is back' : 'the container may well run';
  const { reason: _reason, ...rest } = known ?? {};
  return {
    ...rest,
    state: isOrphaned ? 'Orphaned' : 'Unknown',
    ...defined({ lastKnownState, lastKnownSince }),
    ...(goes === true ? { desiredState: 'Shutdown' as const } : {}),
    message: `node ${task.spec.node} cannot be reached; ${fate}`,
  };
}

function withMessage(status: TaskStatus, message: string | undefined): TaskStatus {
  return message === undefined ? status : { ...status, message };
}

function stateOf(task: TaskView, progress: TaskProgress): State {
  if (progress.leaving && (task.phase === 'starting' || task.phase === 'restarting')) return 'Stopping';
  switch (task.phase) {
    case 'unknown':
      return 'Unknown';
    case 'orphaned':
    case 'unassigned':
      return 'Orphaned';
    case 'assigned':
      return assignedState(task, progress);
    case 'rejected':
      return 'Rejected';
    case 'created':
      return hasTakenAddress(task, progress) ? 'Rejected' : createdState(task, progress);
    case 'starting':
      return 'Starting';
    case 'running':
      return 'Running';
    case 'restarting':
      return 'Restarting';
    case 'complete':
    case 'failed':
      return endedWell(task) ? 'Complete' : 'Failed';
    case 'unhealthy':
    case 'gone':
      return 'Failed';
    case 'removing':
      return 'Stopping';
  }
}

const RAN: ReadonlySet<string | undefined> = new Set<State>(['Starting', 'Running', 'Restarting', 'Stopping']);

/** A create that was applied late, after somebody removed the container that ran: it is started again, and the state does not go back. */
function createdState({ record }: TaskView, { waits }: TaskProgress): State {
  const last = record?.status;
  if (RAN.has(wasAway(last) ? last?.lastKnownState : last?.state)) return 'Starting';
  return waits === undefined ? 'Created' : 'Ready';
}

/** Another task gets another address: this one would fail again, wherever the fault lies. */
function hasTakenAddress({ name }: TaskView, { busy, problem }: TaskProgress): boolean {
  return !busy && problem?.reason === 'AddressConflict' && problem.task === name;
}

/** Swarm: what fails before the start of a container rejects its task. */
function assignedState(task: TaskView, { busy, problem }: TaskProgress): State {
  if (busy) return 'Preparing';
  return problem?.isLasting === true && problem.task === task.name ? 'Rejected' : 'Assigned';
}
