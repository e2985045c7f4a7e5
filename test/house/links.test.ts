import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { root } from './tree.ts';

const pages = [
  ...readdirSync(root).filter((file) => file.endsWith('.md')),
  ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.join('docs', file)),
];

/** Targets of links to files of the tree: neither addresses nor anchors. */
function localLinks(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '').filter((link) => !/^(https?:|#)/.test(link));
}

describe('the documentation', () => {
  for (const page of pages) {
    it(`${page} links only to what is there`, () => {
      const links = localLinks(readFileSync(path.join(root, page), 'utf8'));
      const broken = links.filter((link) => !existsSync(path.join(root, path.dirname(page), link.split('#')[0] ?? '')));
      expect(broken).to.deep.equal([]);
    });
  }

  it('lists every decision', () => {
    const index = readFileSync(path.join(root, 'docs/adr/README.md'), 'utf8');
    const records = readdirSync(path.join(root, 'docs/adr')).filter((file) => /^\d{4}-.*\.md$/.test(file));
    expect(localLinks(index)).to.have.members(records);
    for (const record of records) {
      const headings = [...readFileSync(path.join(root, 'docs/adr', record), 'utf8').matchAll(/^## (.*)$/gm)].map((match) => match[1]);
      expect(headings, record).to.deep.equal(['Context', 'Decision', 'Consequences']);
    }
  });
});
