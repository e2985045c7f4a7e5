import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { CATALOG } from '../../lib/cli/catalog.ts';
import { KINDS } from '../../lib/manifest/kinds.ts';
import { runCli } from '../cli/support.ts';
import { root } from './tree.ts';

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'ARCHITECTURE.md',
  ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.join('docs', file)),
];

/** What stands in code, inline or fenced. */
function codeIn(text: string): string {
  return [...text.matchAll(/```[a-z]*\n([\s\S]*?)```|`([^`\n]+)`/g)].map((match) => match[1] ?? match[2] ?? '').join('\n');
}

function named(pattern: RegExp): Map<string, string> {
  const found = new Map<string, string>();
  for (const page of pages) for (const match of codeIn(read(page)).matchAll(pattern)) found.set(match[1] ?? '', page);
  return found;
}

describe('commands that the documentation names', () => {
  it('are commands of dswarm', () => {
    const known = CATALOG.flatMap((entry) => [entry.name, ...(entry.aliases ?? [])]);
    expect([...named(/(?:^|\s|\/)dswarm ([a-z][a-z-]+)/gm)].filter(([name]) => !known.includes(name))).to.deep.equal([]);
  });

  it('are scripts of package.json', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: object };
    expect([...named(/npm run (?:-s )?([a-z:-]+)/g)].filter(([name]) => !(name in scripts))).to.deep.equal([]);
  });

  it('are targets of the Makefile', () => {
    const targets = [...read('Makefile').matchAll(/^([a-z][a-z-]*):/gm)].map((match) => match[1]);
    expect([...named(/(?:^|\s)make ([a-z][a-z-]+)/gm)].filter(([name]) => !targets.includes(name))).to.deep.equal([]);
  });
});

describe('what there is and a page lists', () => {
  it('is every flag of the controller', async () => {
    const { out } = await runCli(['controller', '--help']);
    const flags = [...out.matchAll(/^ {2}(--[a-z-]+)/gm)].map((match) => match[1]);
    expect(flags).to.include('--data-plane');
    const listed = [...read('docs/operations.md').matchAll(/^\| `(--[a-z-]+)/gm)].map((match) => match[1]);
    expect(listed.sort()).to.deep.equal(flags.sort());
  });

  it('is every kind that the API serves', () => {
    const page = read('docs/api.md');
    expect(Object.values(KINDS).map(({ plural }) => plural).filter((plural) => !page.includes(`/${plural}\``))).to.deep.equal([]); // prettier-ignore
  });
});
