import type { Command } from 'commander';
import { watchOn } from '../../client/watch.ts';
import type { AnyStored, StoredEvent } from '../../types/objects.ts';
import { ageOf } from '../../api/age.ts';
import { printLine, printNote, type Io } from '../io.ts';
import { printObjects, parseFormat } from '../output.ts';
import { parseNamed, usage } from '../resources.ts';
import { addClientOptions, openSession, type Session } from '../session.ts';
import { cellText, TablePrinter } from '../table.ts';

interface EventFlags {
  allNamespaces?: boolean;
  watch?: boolean;
  for?: string;
  types?: string;
  headers: boolean;
  output?: string;
}

export function define(command: Command, io: Io): void {
  addClientOptions(command)
    .usage('[flags]')
    .option('-A, --all-namespaces', 'list the events of all namespaces')
    .option('-w, --watch', 'go on and print new events')
    .option('--for <kind/name>', 'only those about one object')
    .option('--types <types>', 'only Normal or Warning')
    .option('--no-headers', 'print no header')
    .option('-o, --output <format>', 'json, yaml or name')
    .action(async (flags: EventFlags, self: Command) => {
      const session = openSession(self, io);
      const matches = matcher(session, flags);
      const list = await session.client.list('Event', { namespace: session.listNamespace, signal: io.signal });
      const events = list.items.filter(matches).sort(byTime);
      const format = parseFormat(flags.output);
      if (format === 'json' || format === 'yaml' || format === 'name') {
        await printObjects(
          io,
          format,
          events.map((event) => ({ ...event, kind: 'Event' as const })),
          false,
        );
        return;
      }
      const print = eventPrinter(session, flags);
      print(events);
      if (flags.watch === true) await follow(session, { resourceVersion: list.metadata.resourceVersion, matches, print });
      else if (events.length === 0)
        printNote(io, `No events found${session.listNamespace === undefined ? '' : ` in ${session.listNamespace} namespace`}.`);
    });
}

type Matches = (event: StoredEvent) => boolean;
type Print = (events: readonly StoredEvent[]) => void;

function matcher(session: Session, flags: EventFlags): Matches {
  const [ref] = flags.for === undefined ? [] : parseNamed([flags.for], session);
  const types = flags.types?.split(',').map((type) => type.toLowerCase());
  const wrong = types?.find((type) => !['normal', 'warning'].includes(type));
  if (wrong !== undefined) throw usage(`--types ${wrong} is not a type of events`, 'The types are Normal and Warning.');
  return (event) =>
    (ref === undefined || (event.involvedObject.kind === ref.kind && event.involvedObject.name === ref.name)) &&
    (types === undefined || types.includes(event.type.toLowerCase()));
}

function byTime(one: StoredEvent, other: StoredEvent): number {
  return (one.lastTimestamp ?? '').localeCompare(other.lastTimestamp ?? '');
}

function eventPrinter({ io, listNamespace }: Session, flags: EventFlags): Print {
  const all = listNamespace === undefined;
  const printer = new TablePrinter([...(all ? ['Namespace'] : []), 'Last seen', 'Type', 'Reason', 'Object', 'Message']);
  let headed = !flags.headers;
  return (events) => {
    const rows = events.map((event) => [...(all ? [cellText(event.metadata.namespace)] : []), ...eventCells(event, io.now())]);
    printer.fit(rows);
    if (!headed && rows.length > 0) {
      printLine(io, printer.header());
      headed = true;
    }
    for (const row of rows) printLine(io, printer.row(row));
  };
}

function eventCells(event: StoredEvent, now: number): string[] {
  const about = event.involvedObject;
  const count = event.count ?? 1;
  const since = count > 1 ? ` (x${count} over ${ageOf(event.firstTimestamp, now)})` : '';
  return [
    ageOf(event.lastTimestamp, now) + since,
    event.type,
    event.reason,
    `${about.kind.toLowerCase()}/${about.name}`,
    cellText(event.message),
  ];
}

async function follow(session: Session, from: { resourceVersion: string; matches: Matches; print: Print }): Promise<void> {
  const { client, io, listNamespace: namespace } = session;
  const events = watchOn<AnyStored>({
    resourceVersion: from.resourceVersion,
    open: (resourceVersion) => client.watch('Event', { namespace, resourceVersion, signal: io.signal }),
    revisionOf: (object) => object.metadata.resourceVersion,
    signal: io.signal,
  });
  for await (const { type, object } of events) {
    if (type !== 'DELETED' && object.kind === 'Event' && from.matches(object)) from.print([object]);
  }
}
