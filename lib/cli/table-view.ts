import type { Table, TableRow } from '../client/answers.ts';
import type { KindInfo } from '../types/kinds.ts';
import type { ListingOptions } from './listing-options.ts';
import { naturally } from './natural.ts';
import { cellText } from './table.ts';

/** A table as it is printed. */
export interface View {
  names: string[];
  rows: string[][];
}

export interface ViewOptions {
  info: KindInfo;
  listing: Pick<ListingOptions, 'wide' | 'showLabels'>;
  /** Print the namespace as the first column. */
  namespaces: boolean;
  /** Print `service/web` instead of `web`, because several kinds are printed. */
  kinds: boolean;
}

/** The server's tables of one kind as one, with the columns that were asked for; each in natural order of its names. */
export function viewTable(tables: readonly Table[], options: ViewOptions): View {
  const definitions = tables[0]?.columnDefinitions ?? [];
  const shown = definitions.flatMap((column, index) => (options.listing.wide || (column.priority ?? 0) === 0 ? [index] : []));
  const namespaces = options.namespaces && options.info.scope === 'Namespaced';
  const names = shown.map((index) => definitions[index]?.name ?? '');
  return {
    names: [...(namespaces ? ['Namespace'] : []), ...names, ...(options.listing.showLabels ? ['Labels'] : [])],
    rows: tables.flatMap((table) => inOrder(table.rows).map((row) => viewRow(row, shown, { ...options, namespaces }))),
  };
}

function inOrder(rows: readonly TableRow[]): TableRow[] {
  const of = (row: TableRow, key: 'namespace' | 'name'): string => row.object?.metadata[key] ?? '';
  return [...rows].sort((a, b) => naturally(of(a, 'namespace'), of(b, 'namespace')) || naturally(of(a, 'name'), of(b, 'name')));
}

function viewRow(row: TableRow, shown: readonly number[], options: ViewOptions): string[] {
  const cells = shown.map((index) => cellText(row.cells[index]));
  if (options.kinds) cells[0] = `${options.info.singular}/${cells[0] ?? ''}`;
  if (options.namespaces) cells.unshift(cellText(row.object?.metadata.namespace));
  if (options.listing.showLabels) cells.push(labelText(row.object?.metadata.labels));
  return cells;
}

export function labelText(labels: Readonly<Record<string, string>> | undefined, separator = ','): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? '<none>' : pairs.sort().join(separator);
}
