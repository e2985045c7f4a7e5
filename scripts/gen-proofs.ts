import type { Citation } from './citations.ts';
import type { ConformanceCase } from './conformance.ts';
import type { Fault } from './faults/fault.ts';
import type { FaultGroup } from './faults/index.ts';

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

interface Provable {
  number: number;
  reason?: string;
  later?: string;
}

/** The tests, and what they cannot show or what it is that they show, where that is said. */
function proofOf({ number, reason, later }: Provable, citations: readonly Citation[]): string {
  const titles = citations
    .filter((citation) => citation.number === number)
    .map((citation) => `${citation.title} (\`${citation.file}\`)`)
    .join('; ');
  const words = [reason ?? '', later === undefined ? '' : `Not yet: ${later}.`, titles].filter((each) => each !== '');
  return words.length === 0 ? 'no test yet' : words.join(' ');
}

const row = (cells: readonly string[]): string => `| ${cells.map(escapeCell).join(' | ')} |`;

/** docs/faults.md: each row with the tests that hold it, or why there is none. */
export function renderFaults(groups: readonly FaultGroup[], citations: readonly Citation[]): string {
  const line = (fault: Fault): string => row([String(fault.number), fault.input, fault.expected, proofOf(fault, citations)]);
  return [
    '<!-- Generated from scripts/faults/ and the titles of the tests by `make gen`. Do not edit. -->',
    '# Faults',
    '',
    'For every row: the process does not crash, other objects and hosts keep converging, and one clear condition or error tells why.',
    ...groups.flatMap(({ title, faults }) => [
      '',
      `## ${title}`,
      '',
      '| # | Input or fault | What happens | Held by |',
      '| --- | --- | --- | --- |',
      ...faults.map(line),
    ]),
    '',
  ].join('\n');
}

/** `C012`. */
export const caseName = (number: number): string => `C${String(number).padStart(3, '0')}`;

/** Without a test, a reason, or what it waits for. */
export function openRows<T extends Provable>(rows: readonly T[], citations: readonly Citation[]): T[] {
  const cited = new Set(citations.map((citation) => citation.number));
  return rows.filter(({ number, reason = '', later = '' }) => !cited.has(number) && reason === '' && later === '');
}

/** How many cases tests cite. */
export function sumUp(cases: readonly ConformanceCase[], citations: readonly Citation[]): string {
  const cited = new Set(citations.map((citation) => citation.number));
  const others = cases.filter(({ number }) => !cited.has(number));
  const waiting = others.filter(({ later }) => later !== undefined).length;
  const open = openRows(cases, citations).length;
  const cannot = others.length - waiting - open;
  return (
    `${cases.length - others.length} of ${cases.length} cases are proven by tests; ${cannot} cannot apply, for a reason; ` +
    `${waiting} wait for what is not there yet; ${open} are open`
  );
}

/** docs/conformance.md: each case with the tests that prove it, or why there is none. */
export function renderConformance(cases: readonly ConformanceCase[], citations: readonly Citation[]): string {
  const sections = [...new Set(cases.map((entry) => entry.section))];
  const line = (entry: ConformanceCase): string => row([caseName(entry.number), entry.behaviour, proofOf(entry, citations)]);
  return [
    '<!-- Generated from scripts/conformance.ts and the titles of the tests by `make gen`. Do not edit. -->',
    '# Conformance with Docker Swarm',
    '',
    'Behaviour that the tests of Docker Swarm pin down, and the tests of dswarm that prove it here. `make conformance` runs them all.',
    '',
    `${sumUp(cases, citations)}.`,
    ...sections.flatMap((section) => [
      '',
      `## ${section}`,
      '',
      '| Case | Behaviour | Proven by |',
      '| --- | --- | --- |',
      ...cases.filter((entry) => entry.section === section).map(line),
    ]),
    '',
  ].join('\n');
}
