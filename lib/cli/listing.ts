import { isReason } from '../client/status.ts';
import type { ListQuery } from '../client/client.ts';
import type { Table } from '../client/answers.ts';
import type { AnyStored } from '../types/objects.ts';
import { printFailure } from './failure.ts';
import { Exit, printLine, printNote } from './io.ts';
import type { ListingOptions } from './listing-options.ts';
import { printObjects } from './output.ts';
import { toRef, type Selection } from './resources.ts';
import type { Session } from './session.ts';
import { TablePrinter } from './table.ts';
import { viewTable, type View } from './table-view.ts';

/** A selection's table, or what became of its names that do not exist. */
export async function getTables(session: Session, selections: readonly Selection[], listing: ListingOptions): Promise<void> {
  const problems: unknown[] = [];
  const views: View[] = [];
  for (const selection of selections) {
    const tables = await tablesOf(session, selection, { listing, problems });
    const kinds = selections.length > 1;
    const view = viewTable(tables, { info: selection.info, listing, namespaces: session.listNamespace === undefined, kinds });
    if (view.rows.length > 0) views.push(view);
  }
  views.forEach((view, index) => {
    if (index > 0) printLine(session.io, '');
    printView(session, view, listing);
  });
  if (views.length === 0 && problems.length === 0 && !listing.ignoreNotFound) printNothingFound(session, selections);
  reportProblems(session, problems);
}

export async function getObjects(
  session: Session,
  selections: readonly Selection[],
  listing: ListingOptions & { format: 'json' | 'yaml' | 'name' },
): Promise<void> {
  const problems: unknown[] = [];
  const objects: AnyStored[] = [];
  for (const selection of selections) objects.push(...(await objectsOf(session, selection, { listing, problems })));
  const single = selections.length === 1 && selections[0]?.names.length === 1;
  if (!single || objects.length > 0) await printObjects(session.io, listing.format, objects, single);
  reportProblems(session, problems);
}

interface Collecting {
  listing: ListingOptions;
  problems: unknown[];
}

async function tablesOf(session: Session, selection: Selection, { listing, problems }: Collecting): Promise<Table[]> {
  if (selection.names.length === 0) return [await session.client.listTable(selection.info.kind, listQuery(session, selection, listing))];
  return collect(selection.names, { listing, problems }, (name) => session.client.getTable(toRef(selection.info, name, session.namespace)));
}

async function objectsOf(session: Session, selection: Selection, { listing, problems }: Collecting): Promise<AnyStored[]> {
  const { kind } = selection.info;
  if (selection.names.length === 0)
    return (await session.client.list(kind, listQuery(session, selection, listing))).items.map((item) => ({ ...item, kind }) as AnyStored);
  return collect(selection.names, { listing, problems }, (name) => session.client.get(toRef(selection.info, name, session.namespace)));
}

/** Asks for each name; a name that does not exist does not keep the others from being shown. */
async function collect<T>(names: readonly string[], { listing, problems }: Collecting, ask: (name: string) => Promise<T>): Promise<T[]> {
  const found: T[] = [];
  for (const name of names) {
    try {
      found.push(await ask(name));
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
      if (!listing.ignoreNotFound) problems.push(error);
    }
  }
  return found;
}

export function listQuery(session: Session, selection: Selection, listing: ListingOptions): ListQuery {
  return {
    namespace: selection.info.scope === 'Cluster' ? undefined : session.listNamespace,
    labelSelector: listing.selector,
    fieldSelector: fieldsOf(selection, listing),
    signal: session.io.signal,
  };
}

function fieldsOf({ info }: Selection, { fieldSelector, history }: ListingOptions): string | undefined {
  const fields = [fieldSelector ?? '', info.kind === 'Task' && !history ? 'status.retiredAt=' : ''].filter((each) => each !== '');
  return fields.length === 0 ? undefined : fields.join(',');
}

function printView(session: Session, view: View, listing: ListingOptions): void {
  const printer = new TablePrinter(view.names).fit(view.rows);
  if (listing.headers) printLine(session.io, printer.header());
  for (const row of view.rows) printLine(session.io, printer.row(row));
}

export function printNothingFound(session: Session, selections: readonly Selection[]): void {
  const namespaced = selections.some((selection) => selection.info.scope === 'Namespaced');
  const where = namespaced && session.listNamespace !== undefined ? ` in ${session.listNamespace} namespace` : '';
  printNote(session.io, `No resources found${where}.`);
}

function reportProblems(session: Session, problems: readonly unknown[]): void {
  for (const problem of problems) printFailure(session.io, problem);
  if (problems.length > 0) throw new Exit(1);
}
