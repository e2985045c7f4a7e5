import { expect } from 'chai';
import { cellText, renderTable, TablePrinter } from '../../lib/cli/table.ts';
import { viewTable } from '../../lib/cli/table-view.ts';
import type { Table } from '../../lib/client/answers.ts';
import { KINDS } from '../../lib/manifest/kinds.ts';

const SERVICES: Table = {
  kind: 'Table',
  columnDefinitions: [
    { name: 'Name', type: 'string' },
    { name: 'Ready', type: 'string' },
    { name: 'Image', type: 'string', priority: 1 },
  ],
  rows: [
    { cells: ['web', '1/3', 'nginx:1.27'], object: { metadata: { name: 'web', namespace: 'shop', labels: { b: '2', a: '1' } } as never } },
    { cells: ['a-long-name', null, ''], object: { metadata: { name: 'a-long-name', namespace: 'shop' } as never } },
  ],
};

const PLAIN = { info: KINDS.Service, listing: { wide: false, showLabels: false }, namespaces: false, kinds: false };

describe('tables', () => {
  it('stand in columns three spaces apart, without blanks at the ends of lines', () => {
    expect(
      renderTable(
        ['Name', 'Age'],
        [
          ['web', '5s'],
          ['database', '12m'],
        ],
      ),
    ).to.deep.equal(['NAME       AGE', 'web        5s', 'database   12m']);
  });

  it('keep later rows in line with earlier ones', () => {
    const printer = new TablePrinter(['Name', 'Age']).fit([['database', '1s']]);
    expect(printer.row(['web', '2s'])).to.equal('web        2s');
  });

  it('count what is seen, not the codes of colours', () => {
    expect(new TablePrinter(['Name', 'Age']).fit([['four', '']]).row(['\u001b[31mred\u001b[39m', '1s'])).to.equal(
      '\u001b[31mred\u001b[39m    1s',
    );
  });

  it('show what is missing as <none>, and texts of several lines in one', () => {
    expect([cellText(null), cellText(''), cellText(0), cellText('a\n  b')]).to.deep.equal(['<none>', '<none>', '0', 'a b']);
  });

  it("show the server's columns, those of priority 1 only when wide", () => {
    expect(viewTable([SERVICES], PLAIN)).to.deep.equal({
      names: ['Name', 'Ready'],
      rows: [
        ['a-long-name', '<none>'],
        ['web', '1/3'],
      ],
    });
    expect(viewTable([SERVICES], { ...PLAIN, listing: { wide: true, showLabels: false } }).names).to.deep.equal(['Name', 'Ready', 'Image']);
  });

  it('begin with the namespace when all namespaces are listed, and end with labels on request', () => {
    const view = viewTable([SERVICES], { ...PLAIN, namespaces: true, listing: { wide: false, showLabels: true } });
    expect(view.names).to.deep.equal(['Namespace', 'Name', 'Ready', 'Labels']);
    expect(view.rows[1]).to.deep.equal(['shop', 'web', '1/3', 'a=1,b=2']);
  });

  it('name the kind where several are listed', () => {
    expect(viewTable([SERVICES], { ...PLAIN, kinds: true }).rows[1]?.[0]).to.equal('service/web');
  });
});
