import { isRetired } from '../history/retire.ts';
import type { StoreEvent } from '../ports/store.ts';
import type { LogOptions } from '../ports/docker.ts';
import type { StoredTask } from '../types/objects.ts';
import type { ApiDeps } from './deps.ts';
import { splitLines } from './log-lines.ts';
import { badRequest } from './status.ts';
import type { LineStream } from './streams.ts';

/** One line of a task's output; or, instead of a line, why no more comes from this task. */
export interface LogFrame {
  task: string;
  node: string;
  stream: 'stdout' | 'stderr';
  line: string;
  error?: string;
}

export interface LogQuery {
  follow?: string;
  tailLines?: string;
  sinceSeconds?: string;
  sinceTime?: string;
  timestamps?: string;
}

export function logOptionsOf(query: LogQuery, now: number): LogOptions {
  const tail = countOf('tailLines', query.tailLines);
  const seconds = countOf('sinceSeconds', query.sinceSeconds);
  const time = query.sinceTime ? Date.parse(query.sinceTime) : undefined;
  if (Number.isNaN(time)) throw badRequest(`sinceTime must be an RFC 3339 time, found "${query.sinceTime ?? ''}"`);
  const since = seconds === undefined ? time : now - seconds * 1000;
  return { follow: query.follow === 'true', tail, since, timestamps: query.timestamps === 'true' };
}

function countOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const count = Number(text);
  if (Number.isInteger(count) && count >= 0) return count;
  throw badRequest(`${name} must be a whole number from 0, found "${text}"`);
}

export interface LogRequest {
  tasks: readonly StoredTask[];
  options: LogOptions;
  /** Of a service that is followed: which tasks that come later belong to it. */
  joins?: (task: StoredTask) => boolean;
}

/** The output of tasks, merged as it comes. A task whose host does not answer is named, and does not hold up the others. */
export async function serveLogs(deps: ApiDeps, request: LogRequest, stream: LineStream): Promise<void> {
  const options = { ...request.options, signal: stream.signal };
  const { joins } = request;
  if (!options.follow || joins === undefined) {
    await Promise.all(request.tasks.map((task) => readTask(deps, { task, options }, stream)));
    return stream.end();
  }
  const follow = followTasks(deps, options, stream);
  for (const task of request.tasks) follow(task, options);
  const later = deps.store.watch(deps.store.snapshot().revision).subscribe({
    next: ({ type, object }: StoreEvent) => {
      if (type !== 'DELETED' && object.kind === 'Task' && hasOutput(object) && joins(object)) follow(object);
    },
    complete: () => stream.end(),
  });
  stream.onEnd(() => later.unsubscribe());
}

/**
 * Follows each task once at a time. A follow that ended (the container was restarted, the host was gone) is taken up where it ended as
 * soon as something is heard of the task; of a task that is new, everything is shown.
 */
function followTasks(deps: ApiDeps, options: LogOptions, stream: LineStream): (task: StoredTask, from?: LogOptions) => void {
  const ended = new Map<string, number>();
  const open = new Set<string>();
  return (task, from = { ...options, tail: undefined, since: ended.get(task.metadata.uid) }) => {
    const { uid } = task.metadata;
    if (open.has(uid)) return;
    open.add(uid);
    void readTask(deps, { task, options: from }, stream).then(() => {
      open.delete(uid);
      ended.set(uid, deps.clock.now());
    });
  };
}

/** Before its container is there, and after it is gone, a task has nothing to read. */
export function hasOutput(task: StoredTask): boolean {
  return task.status?.containerId !== undefined && !isRetired(task);
}

/** States of a task that has printed nothing yet. */
const UNBEGUN: ReadonlySet<string | undefined> = new Set([undefined, 'Assigned', 'Preparing', 'Created', 'Ready']);

/**
 * Of a service's tasks those with output; and where one has not begun, as it waits to be started again, what is left of the one before it
 * in its slot, as kubectl tells of the container before.
 */
export function tasksToRead(tasks: readonly StoredTask[]): StoredTask[] {
  const current = tasks.filter((task) => !isRetired(task));
  return current.flatMap((task) => {
    const before = UNBEGUN.has(task.status?.state) ? lastBefore(task, tasks) : undefined;
    return [...(before === undefined ? [] : [before]), ...(hasOutput(task) ? [task] : [])];
  });
}

function lastBefore({ spec }: StoredTask, tasks: readonly StoredTask[]): StoredTask | undefined {
  const ended = tasks.filter((other) => isRetired(other) && other.spec.slot === spec.slot && other.status?.lastLog !== undefined);
  return ended.sort((a, b) => ((a.status?.retiredAt ?? '') > (b.status?.retiredAt ?? '') ? -1 : 1))[0];
}

/** What is left of a retired task: the last lines that were kept, and that there are no more. */
function writeLastLog({ metadata, spec, status }: StoredTask, stream: LineStream): void {
  const from = { task: metadata.name, node: spec.node };
  const lines = status?.lastLog?.split('\n') ?? [];
  for (const line of lines) stream.write({ ...from, stream: 'stdout', line } satisfies LogFrame);
  const kept = lines.length === 0 ? 'no lines of it were kept' : 'its last lines are shown';
  stream.write({ ...from, stream: 'stderr', line: '', error: `its container is gone; ${kept}` } satisfies LogFrame);
}

async function readTask(deps: ApiDeps, of: { task: StoredTask; options: LogOptions }, stream: LineStream): Promise<void> {
  const { task } = of;
  const from = { task: task.metadata.name, node: task.spec.node };
  if (isRetired(task)) return writeLastLog(task, stream);
  try {
    if (deps.streams === undefined) throw new Error('this controller reaches no hosts');
    for await (const { stream: name, line } of splitLines(deps.streams.logs(task, of.options))) {
      if (!stream.write({ ...from, stream: name, line } satisfies LogFrame)) return;
      await stream.drained();
    }
  } catch (error) {
    if (stream.signal.aborted) return;
    stream.write({ ...from, stream: 'stderr', line: '', error: error instanceof Error ? error.message : String(error) } satisfies LogFrame);
  }
}
