import { stripVTControlCharacters } from 'node:util';

const GAP = 3;

/** Columns without borders, as kubectl prints them; widths only grow, so that rows which come later still stand in line. */
export class TablePrinter {
  readonly #widths: number[];
  readonly #names: string[];

  constructor(names: readonly string[]) {
    this.#names = names.map((name) => name.toUpperCase());
    this.#widths = this.#names.map((name) => name.length);
  }

  header(): string {
    return this.#render(this.#names);
  }

  /** Takes the cells' widths into account before anything is printed. */
  fit(rows: readonly (readonly string[])[]): this {
    for (const row of rows) {
      row.forEach((cell, index) => {
        this.#widths[index] = Math.max(this.#widths[index] ?? 0, visibleWidth(cell));
      });
    }
    return this;
  }

  row(cells: readonly string[]): string {
    this.fit([cells]);
    return this.#render(cells);
  }

  #render(cells: readonly string[]): string {
    return cells
      .map((cell, index) => cell + ' '.repeat(Math.max(0, (this.#widths[index] ?? 0) - visibleWidth(cell) + GAP)))
      .join('')
      .trimEnd();
  }
}

/** A whole table: header and rows. */
export function renderTable(names: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const printer = new TablePrinter(names).fit(rows);
  return [printer.header(), ...rows.map((row) => printer.row(row))];
}

function visibleWidth(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** What a cell shows: one line, and `<none>` for what is not there. */
export function cellText(value: string | number | boolean | null | undefined): string {
  if (value === null || value === undefined || value === '') return '<none>';
  return String(value).replaceAll(/\s*\n\s*/g, ' ');
}
