import { isRetired } from '../history/retire.ts';
import { newestFirst } from '../history/reap.ts';
import type { StoredTask } from '../types/objects.ts';
import { wordsAgo } from './ago.ts';
import { naturally } from './natural.ts';

/** One task as `docker service ps` shows it; the names are those that the docker command has for its columns in JSON. */
export interface TaskRow {
  ID: string;
  Name: string;
  Image: string;
  Node: string;
  DesiredState: string;
  CurrentState: string;
  Error: string;
  Ports: string;
}

export interface RowOptions {
  now: number;
  /** Errors and images in full. */
  full: boolean;
}

const ERROR_LENGTH = 40;
const IS_HISTORY = ' \\_ ';

/** `web.1`, as Docker Swarm calls a slot. */
export function slotName({ spec }: StoredTask): string {
  return `${spec.service}.${spec.slot}`;
}

/** Slot by slot, names in natural order; in each the newest task first, those that have left it last. */
export function sortTasks(tasks: readonly StoredTask[]): StoredTask[] {
  return [...tasks].sort(
    (a, b) =>
      naturally(a.metadata.namespace ?? '', b.metadata.namespace ?? '') ||
      naturally(a.spec.service, b.spec.service) ||
      naturally(a.spec.slot, b.spec.slot) ||
      Number(isRetired(a)) - Number(isRetired(b)) ||
      (isRetired(a) ? newestFirst(a, b) : newerFirst(a, b)),
  );
}

function newerFirst(a: StoredTask, b: StoredTask): number {
  const [left, right] = [a.metadata, b.metadata];
  return right.creationTimestamp.localeCompare(left.creationTimestamp) || left.name.localeCompare(right.name);
}

/** Of tasks in order: the first of a slot under its name, the others below it. */
export function taskRows(tasks: readonly StoredTask[], options: RowOptions): TaskRow[] {
  const placeOf = (task: StoredTask | undefined): string =>
    task === undefined ? '' : `${task.metadata.namespace ?? ''}/${slotName(task)}`;
  return tasks.map((task, index) => rowOf(task, placeOf(task) === placeOf(tasks[index - 1]), options));
}

function rowOf(task: StoredTask, isOlder: boolean, { now, full }: RowOptions): TaskRow {
  const { metadata, spec, status } = task;
  const ago = wordsAgo(status?.since ?? status?.finishedAt ?? metadata.creationTimestamp, now);
  return {
    ID: metadata.name,
    Name: `${isOlder ? IS_HISTORY : ''}${slotName(task)}`,
    Image: full ? spec.image : withoutDigest(spec.image),
    Node: spec.node,
    DesiredState: status?.desiredState ?? 'Running',
    CurrentState: [status?.state ?? 'Assigned', ago].filter((part) => part !== undefined).join(' '),
    Error: quoted(errorOf(task), full),
    Ports: hostPorts(task),
  };
}

/** The reason in one word tells more than the message alone: `OOMKilled: exited with code 137`. */
function errorOf({ status }: StoredTask): string {
  const { message = '', reason } = status ?? {};
  const word = reason === 'Error' || reason === 'Completed' || reason === undefined ? '' : `${reason}: `;
  return message === '' ? '' : `${word}${message}`.replaceAll(/\s*\n\s*/g, ' ');
}

function quoted(text: string, full: boolean): string {
  if (text === '') return '';
  return `"${full || text.length <= ERROR_LENGTH ? text : `${text.slice(0, ERROR_LENGTH - 1)}…`}"`;
}

/** `repo:tag@sha256:...` without what nobody reads; an image named by its digest alone keeps it. */
function withoutDigest(image: string): string {
  return image.replace(/^(.*:[^:/@]+)@[^@]+$/, '$1');
}

/** `*:8080->80/tcp`: the ports that a task has bound on its own host, while it runs. */
function hostPorts({ status }: StoredTask): string {
  const ports = status?.state === 'Running' || status?.state === 'Starting' ? (status.ports ?? []) : [];
  return ports.map((port) => `*:${port.published}->${port.target}/${port.protocol}`).join(', ');
}
