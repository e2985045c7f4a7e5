import type { Citation } from './citations.ts';
import type { Fault } from './faults.ts';

const escapeCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const BEGIN = '<!-- proofs: generated from the titles of the tests by `make gen` -->';
const END = '<!-- end of proofs -->';

/** How many invariants ARCHITECTURE.md numbers: lines that begin with `N. **`. */
export function invariantNumbers(architecture: string): number[] {
  return [...architecture.matchAll(/^(\d+)\. \*\*/gm)].map((match) => Number(match[1]));
}

/** ARCHITECTURE.md with the list between its marks made anew: for each invariant, the files whose tests prove it. */
export function renderProofs(architecture: string, citations: readonly Citation[]): string {
  const [before, rest] = architecture.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`ARCHITECTURE.md has no ${BEGIN} ... ${END}`);
  const line = (number: number): string => {
    const files = [...new Set(citations.filter((citation) => citation.number === number).map((citation) => citation.file))];
    return `- **${number}**: ${files.length === 0 ? 'not yet' : files.map((file) => `\`${file}\``).join(', ')}`;
  };
  return `${before}${BEGIN}\n\n${invariantNumbers(architecture).map(line).join('\n')}\n\n${END}${after}`;
}

function proofOf(row: Fault, citations: readonly Citation[]): string {
  const titles = citations
    .filter((citation) => citation.number === row.number)
    .map((citation) => `${citation.title} (\`${citation.file}\`)`);
  if (titles.length > 0) return titles.join('; ');
  return row.reason ?? 'no test yet';
}

/** docs/faults.md: each row with the tests that hold it, or why there is none. */
export function renderFaults(faults: readonly Fault[], citations: readonly Citation[]): string {
  const line = (row: Fault): string =>
    `| ${[String(row.number), row.input, row.expected, proofOf(row, citations)].map(escapeCell).join(' | ')} |`;
  return [
    '<!-- Generated from scripts/faults.ts and the titles of the tests by `make gen`. Do not edit. -->',
    '# Faults: manifests and the watched directory',
    '',
    'For every row: the process does not crash, other objects and hosts keep converging, and one clear condition or error tells why.',
    '',
    '| # | Input or fault | What happens | Held by |',
    '| --- | --- | --- | --- |',
    ...faults.map(line),
    '',
  ].join('\n');
}
