import type { AnyStored, StoredEvent, StoredService, StoredTask } from '../types/objects.ts';
import { ageOf } from '../api/age.ts';
import { isRetired } from '../history/retire.ts';
import type { Session } from './session.ts';
import { cellText, renderTable } from './table.ts';
import { labelText } from './table-view.ts';
import { toYaml } from './output.ts';
import { endpointTables } from './service-endpoints.ts';

const LABEL_WIDTH = 14;

/** An object for a person: what it is, what was asked, what is, and what happened. */
export async function describeObject(session: Session, object: AnyStored): Promise<string[]> {
  const [tasks, events] = await Promise.all([tasksOf(session, object), eventsOf(session, object)]);
  return [
    ...headLines(object),
    ...(await partLines('Spec', 'spec' in object ? object.spec : undefined)),
    ...(await statusLines(object)),
    ...conditionLines(object, session.io.now()),
    ...(object.kind === 'Service' ? await endpointLines(session, object, tasks) : []),
    ...taskLines(object, tasks, session.io.now()),
    ...eventLines(events, session.io.now()),
  ];
}

function headLines(object: AnyStored): string[] {
  const { metadata } = object;
  return [
    field('Name', metadata.name),
    ...(metadata.namespace === undefined ? [] : [field('Namespace', metadata.namespace)]),
    field('Labels', labelText(metadata.labels, `\n${' '.repeat(LABEL_WIDTH)}`)),
    field('Annotations', labelText(metadata.annotations, `\n${' '.repeat(LABEL_WIDTH)}`)),
    field('Kind', object.kind),
    field('Created', metadata.creationTimestamp),
    ...(typeof metadata.deletionTimestamp === 'string' ? [field('Deleting', `since ${metadata.deletionTimestamp}`)] : []),
  ].flatMap((text) => text.split('\n'));
}

function field(name: string, value: string): string {
  return `${`${name}:`.padEnd(LABEL_WIDTH)}${value}`;
}

async function partLines(title: string, part: object | undefined): Promise<string[]> {
  if (part === undefined || Object.keys(part).length === 0) return [];
  const text = (await toYaml(part)).trimEnd();
  return [`${title}:`, ...text.split('\n').map((line) => `  ${line}`)];
}

async function statusLines(object: AnyStored): Promise<string[]> {
  if (!('status' in object) || object.status === undefined) return [];
  const { conditions: _, ...status } = object.status as { conditions?: unknown };
  return partLines('Status', status);
}

function conditionLines(object: AnyStored, now: number): string[] {
  const status = 'status' in object ? object.status : undefined;
  const conditions = status !== undefined && 'conditions' in status ? status.conditions : undefined;
  if (conditions === undefined || conditions.length === 0) return [];
  const rows = conditions.map((each) => [each.type, each.status, ageOf(each.lastTransitionTime, now), each.reason, cellText(each.message)]);
  return section('Conditions', ['Type', 'Status', 'Since', 'Reason', 'Message'], rows);
}

/** The tasks of a service, or those on a node. */
async function tasksOf(session: Session, object: AnyStored): Promise<StoredTask[]> {
  const { name, namespace } = object.metadata;
  if (object.kind === 'Service') {
    const { items } = await session.client.list('Task', { namespace });
    return items.filter((task) => task.spec.service === name && !isRetired(task));
  }
  if (object.kind !== 'Node') return [];
  const { items } = await session.client.list('Task');
  return items.filter((task) => task.spec.node === name && !isRetired(task));
}

function taskLines(object: AnyStored, tasks: readonly StoredTask[], now: number): string[] {
  if (object.kind !== 'Service' && object.kind !== 'Node') return [];
  if (tasks.length === 0) return ['Tasks:        <none>'];
  const rows = tasks.map((task) => [
    object.kind === 'Node' ? `${task.metadata.namespace ?? ''}/${task.metadata.name}` : task.metadata.name,
    task.spec.node,
    cellText(task.status?.reason ?? task.status?.state),
    cellText(task.status?.restarts ?? 0),
    ageOf(task.metadata.creationTimestamp, now),
    task.status?.message ?? '',
  ]);
  return section('Tasks', ['Name', 'Node', 'State', 'Restarts', 'Age', 'Message'], rows);
}

async function eventsOf(session: Session, object: AnyStored): Promise<StoredEvent[]> {
  if (object.kind === 'Event') return [];
  const { items } = await session.client.list('Event', { namespace: object.metadata.namespace });
  const mine = items.filter(({ involvedObject: about }) => about.kind === object.kind && about.name === object.metadata.name);
  return mine.sort((one, other) => (one.lastTimestamp ?? '').localeCompare(other.lastTimestamp ?? ''));
}

function eventLines(events: readonly StoredEvent[], now: number): string[] {
  if (events.length === 0) return ['Events:       <none>'];
  const rows = events.map((event) => {
    const count = (event.count ?? 1) > 1 ? ` (x${event.count ?? 1})` : '';
    return [event.type, event.reason, `${ageOf(event.lastTimestamp, now)}${count}`, cellText(event.message)];
  });
  return section('Events', ['Type', 'Reason', 'Age', 'Message'], rows);
}

async function endpointLines(session: Session, service: StoredService, tasks: readonly StoredTask[]): Promise<string[]> {
  const { items: nodes } = await session.client.list('Node');
  return endpointTables(service, tasks, nodes).flatMap(({ title, names, rows }) => section(title, names, rows));
}

/** kubectl's way: a header, dashes, rows, all indented. */
function section(title: string, names: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const dashes = names.map((name) => '-'.repeat(name.length));
  const [, ...lines] = renderTable(names, [names, dashes, ...rows]);
  return [`${title}:`, ...lines.map((line) => `  ${line}`)];
}
