import type { Table, WatchEvent } from '../client/answers.ts';
import type { ListQuery } from '../client/client.ts';
import { watchOn } from '../client/watch.ts';
import type { AnyStored } from '../types/objects.ts';
import { printLine } from './io.ts';
import { listQuery } from './listing.ts';
import { printObjects } from './output.ts';
import type { Selection } from './resources.ts';
import type { Session } from './session.ts';
import { TablePrinter } from './table.ts';
import { viewTable } from './table-view.ts';
import type { ListingOptions } from './listing-options.ts';

/** Prints the table, then a row for each change, until interrupted. */
export async function watchTable(session: Session, selection: Selection, listing: ListingOptions): Promise<void> {
  const { io, client } = session;
  const { kind } = selection.info;
  const query = watchQuery(session, selection, listing);
  const options = { info: selection.info, listing, namespaces: session.listNamespace === undefined, kinds: false };
  const table = await client.listTable(kind, query);
  const view = viewTable([table], options);
  const printer = new TablePrinter(view.names).fit(view.rows);
  if (listing.headers && view.rows.length > 0) printLine(io, printer.header());
  for (const row of view.rows) printLine(io, printer.row(row));
  let headed = view.rows.length > 0;
  // The server leaves the column definitions out of later tables.
  const { columnDefinitions } = table;
  const events = watchOn<Table>({
    resourceVersion: table.metadata?.resourceVersion ?? '0',
    open: (resourceVersion) => client.watchTable(kind, { ...query, resourceVersion }),
    revisionOf: (changed) => changed.rows[0]?.object?.metadata.resourceVersion ?? changed.metadata?.resourceVersion,
    signal: io.signal,
  });
  for await (const event of events) {
    const { rows } = viewTable([{ ...event.object, columnDefinitions }], options);
    printer.fit(rows);
    if (listing.headers && !headed) printLine(io, printer.header());
    headed = true;
    for (const row of rows) printLine(io, printer.row(row));
  }
}

/** Prints each object, and each again as it changes. */
export async function watchObjects(
  session: Session,
  selection: Selection,
  listing: ListingOptions & { format: 'json' | 'yaml' | 'name' },
): Promise<void> {
  const { kind } = selection.info;
  const query = watchQuery(session, selection, listing);
  const list = await session.client.list(kind, query);
  const print = async (object: AnyStored, following: boolean): Promise<void> => {
    if (following && listing.format === 'yaml') printLine(session.io, '---');
    await printObjects(session.io, listing.format, [{ ...object, kind } as AnyStored], true);
  };
  let printed = 0;
  for (const item of list.items) await print(item, printed++ > 0);
  const events = watchOn<AnyStored>({
    resourceVersion: list.metadata.resourceVersion,
    open: (resourceVersion): AsyncIterable<WatchEvent<AnyStored>> => session.client.watch(kind, { ...query, resourceVersion }),
    revisionOf: (object) => object.metadata.resourceVersion,
    signal: session.io.signal,
  });
  for await (const event of events) await print(event.object, printed++ > 0);
}

function nameSelector(selection: Selection): string | undefined {
  const [name] = selection.names;
  return name === undefined ? undefined : `metadata.name=${name}`;
}

function watchQuery(session: Session, selection: Selection, listing: ListingOptions): ListQuery {
  const query = listQuery(session, selection, listing);
  return { ...query, fieldSelector: nameSelector(selection) ?? query.fieldSelector };
}
