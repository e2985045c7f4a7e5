import type { Command } from 'commander';
import type { StoredTask } from '../types/objects.ts';
import { painter, type Colour, type Paint } from './colour.ts';
import { printLine, printNote } from './io.ts';
import { parseFormat, printObjects, type Format } from './output.ts';
import { usage } from './resources.ts';
import type { Session } from './session.ts';
import { renderTable } from './table.ts';
import { addFilter, LIST_FORMATS, matchesFilter, type TaskFilter } from './task-filters.ts';
import { sortTasks, taskRows, type TaskRow } from './task-rows.ts';

export interface TaskListFlags {
  filter: TaskFilter;
  quiet?: boolean;
  format?: string;
  output?: string;
  trunc: boolean;
  headers: boolean;
}

/** The options that `ps` and `node ps` share. */
export function addTaskListOptions(command: Command): Command {
  return command
    .option('-f, --filter <key=value>', 'only tasks with this id, name, node or desired-state; repeatable', addFilter, {})
    .option('-q, --quiet', 'print IDs only')
    .option('--no-trunc', 'print errors and images in full')
    .option('--format <format>', 'table, or json: one object a line, as the docker command has it')
    .option('-o, --output <format>', 'wide, json, yaml or name')
    .option('--no-headers', 'print no header');
}

/** Several flags say how to print; at most one of them may. */
export function checkFormats(flags: TaskListFlags): Format {
  const { format, output, quiet } = flags;
  if ([format, output, quiet].filter((flag) => flag !== undefined).length > 1)
    throw usage('only one of --format, --output and --quiet can be given', 'Leave out the others.');
  if (format !== undefined && !LIST_FORMATS.includes(format))
    throw usage(`there is no format ${JSON.stringify(format)}`, `The formats are ${LIST_FORMATS.join(', ')}.`);
  return parseFormat(output);
}

export interface TaskList {
  tasks: readonly StoredTask[];
  /** Print the namespace as the first column. */
  namespaces: boolean;
}

export async function printTasks(session: Session, { tasks, namespaces }: TaskList, flags: TaskListFlags): Promise<void> {
  const { io } = session;
  const format = checkFormats(flags);
  const shown = sortTasks(tasks.filter((task) => matchesFilter(task, flags.filter)));
  if (format === 'json' || format === 'yaml' || format === 'name') {
    await printObjects(
      io,
      format,
      shown.map((task) => ({ ...task, kind: 'Task' })),
      false,
    );
    return;
  }
  if (flags.quiet === true) {
    for (const task of shown) printLine(io, task.metadata.name);
    return;
  }
  const rows = taskRows(shown, { now: io.now(), full: !flags.trunc });
  if (flags.format === 'json') for (const row of rows) printLine(io, JSON.stringify(row));
  else if (rows.length === 0) printNote(io, 'No tasks found.');
  else
    for (const line of tableLines(session, { rows, tasks: shown, namespaces, wide: format === 'wide', headers: flags.headers }))
      printLine(io, line);
}

interface TableInput {
  rows: readonly TaskRow[];
  /** Of each row. */
  tasks: readonly StoredTask[];
  namespaces: boolean;
  wide: boolean;
  headers: boolean;
}

function tableLines(session: Session, { rows, tasks, namespaces, wide, headers }: TableInput): string[] {
  const paint = painter(session.io);
  const names = ['ID', 'Name', 'Image', 'Node', 'Desired State', 'Current State', 'Error', 'Ports'];
  const more = wide ? ['Exit', 'Restarts', 'Address', 'Container'] : [];
  const lines = renderTable(
    [...(namespaces ? ['Namespace'] : []), ...names, ...more],
    rows.map((row, index) => [
      ...(namespaces ? [tasks[index]?.metadata.namespace ?? ''] : []),
      ...cellsOf(row, tasks[index]?.status?.state, paint),
      ...(wide ? wideCells(tasks[index]?.status ?? {}) : []),
    ]),
  );
  return headers ? lines : lines.slice(1);
}

const COLOURS: Readonly<Record<string, Colour>> = {
  Running: 'green',
  Complete: 'green',
  Failed: 'red',
  Rejected: 'red',
  Unknown: 'yellow',
  Orphaned: 'yellow',
  Restarting: 'yellow',
};

function cellsOf(row: TaskRow, state: string | undefined, paint: Paint): string[] {
  const colour = COLOURS[state ?? ''];
  const current = colour === undefined ? row.CurrentState : paint(colour, row.CurrentState);
  return [row.ID, row.Name, row.Image, row.Node, row.DesiredState, current, row.Error, row.Ports];
}

function wideCells({ exitCode, restarts, address, containerId }: NonNullable<StoredTask['status']>): string[] {
  return [exitCode, restarts ?? 0, address, containerId?.slice(0, 12)].map((cell) => String(cell ?? '-'));
}
