import path from 'node:path';
import { expect } from 'chai';
import { ESLint } from 'eslint';
import { plantTree } from './tree.ts';

/** file -> its text and the rule that must catch it; undefined: nothing may be reported. */
const PLANTED: Record<string, [text: string, rule: string | undefined]> = {
  'lib/plan/now.ts': ['export const at = (): number => Date.now();\n', 'no-restricted-syntax'],
  'lib/plan/today.ts': ['export const at = (): Date => new Date();\n', 'no-restricted-syntax'],
  'lib/plan/stamp.ts': ['export const at = (ms: number): string => new Date(ms).toISOString();\n', undefined],
  'lib/rollout/dice.ts': ['export const pick = (): number => Math.random();\n', 'no-restricted-syntax'],
  'lib/schedule/later.ts': ['export const later = (call: () => void): void => { setTimeout(call, 1); };\n', 'no-restricted-globals'],
  'lib/manifest/home.ts': ["export const home = (): string => process.env['HOME'] ?? '';\n", 'no-restricted-globals'],
  'lib/merge/speed.ts': ['export const mark = (): number => performance.now();\n', 'no-restricted-globals'],
  'lib/conditions/say.ts': ["export const say = (): void => { console.log('x'); };\n", 'no-restricted-globals'],
  'lib/source/disk.ts': [
    "import { readFileSync } from 'node:fs';\nexport const read = (): Buffer => readFileSync('x');\n",
    'no-restricted-imports',
  ],
  'lib/types/uid.ts': [
    "import { randomUUID } from 'node:crypto';\nexport const uid = (): string => randomUUID();\n",
    'no-restricted-imports',
  ],
  'lib/plan/hash.ts': [
    "import { createHash } from 'node:crypto';\nexport const hash = (text: string): string => createHash('sha256').update(text).digest('hex');\n",
    undefined,
  ],
  'lib/errors/web.ts': ['export const roll = (): string => crypto.randomUUID();\n', 'no-restricted-globals'],
  'lib/dataplane/state.ts': ['let calls = 0;\nexport const next = (): number => { calls += 1; return calls; };\n', 'no-restricted-syntax'],
  'lib/runtime/sleep.ts': ['export const nap = (call: () => void): void => { setTimeout(call, 1); };\n', 'no-restricted-globals'],
  'lib/apply/when.ts': ['export const at = (): number => Date.now();\n', 'no-restricted-syntax'],
  'controllers/soon.ts': ['export const soon = (call: () => void): void => { setImmediate(call); };\n', 'no-restricted-globals'],
  'lib/io/forgotten.ts': [
    'const save = async (): Promise<void> => undefined;\nexport const run = (): void => { save(); };\n',
    '@typescript-eslint/no-floating-promises',
  ],
  'lib/io/clock.ts': ['export const later = (call: () => void): void => { setTimeout(call, Date.now()); };\n', undefined],
  'lib/plan/union.ts': [
    "export function word(of: 'a' | 'b'): string {\n  switch (of) {\n    case 'a':\n      return 'A';\n  }\n  return '';\n}\n",
    '@typescript-eslint/switch-exhaustiveness-check',
  ],
  'lib/plan/loose.ts': ['export const loose = (value: any): unknown => value;\n', '@typescript-eslint/no-explicit-any'],
  'lib/plan/silent.ts': [
    'export function parse(text: string): unknown {\n  try {\n    return JSON.parse(text);\n  } catch {}\n  return undefined;\n}\n',
    'no-empty',
  ],
  'lib/plan/anonymous.ts': ['export default (): number => 1;\n', 'no-restricted-syntax'],
  'lib/plan/wide.ts': [
    'export const sum = (a: number, b: number, c: number, d: number, e: number): number => a + b + c + d + e;\n',
    'max-params',
  ],
  'lib/plan/type.ts': [
    "import { word } from './union.ts';\nexport type Word = typeof word;\n",
    '@typescript-eslint/consistent-type-imports',
  ],
  'lib/plan/untyped.ts': ['export const double = (value: number) => value * 2;\n', '@typescript-eslint/explicit-module-boundary-types'],
  'lib/io/shell.ts': [
    "import { execSync } from 'node:child_process';\nexport const list = (folder: string): Buffer => execSync(`ls ${folder}`);\n",
    'no-restricted-imports',
  ],
  'lib/cli/spawn.ts': [
    "import { spawn } from 'node:child_process';\nexport const open = (line: string): unknown => spawn(line, { shell: true });\n",
    'no-restricted-syntax',
  ],
  'lib/io/program.ts': [
    "import { execFile } from 'node:child_process';\nexport const list = (folder: string): unknown => execFile('ls', ['--', folder]);\n",
    undefined,
  ],
  'lib/plan/hushed.ts': ['// eslint-disable-next-line no-console\nexport const at = (): number => Date.now();\n', 'no-restricted-syntax'],
};

const title = (file: string, rule: string): string => {
  if (/(shell|spawn)\.ts$/.test(file)) return `${rule} keeps shells out of ${file} (invariant 18)`;
  const isImpure = rule.startsWith('no-restricted-') && !/(state|anonymous)\.ts$/.test(file);
  return isImpure ? `${rule} keeps ${file} pure (invariant 1)` : `${rule} catches ${file}`;
};

describe('purity and lint rules', function () {
  this.timeout(60_000);
  const found = new Map<string, string[]>();

  before(async () => {
    const tree = plantTree(Object.fromEntries(Object.entries(PLANTED).map(([file, [text]]) => [file, text])));
    try {
      const results = await new ESLint({ cwd: tree.folder }).lintFiles(['.']);
      for (const result of results) {
        const file = path.relative(tree.folder, result.filePath).split(path.sep).join('/');
        found.set(
          file,
          result.messages.filter((message) => message.severity === 2).map((message) => String(message.ruleId)),
        );
      }
    } finally {
      tree.remove();
    }
  });

  for (const [file, [, rule]] of Object.entries(PLANTED)) {
    if (rule === undefined) it(`lets ${file} through`, () => expect(found.get(file)).to.deep.equal([]));
    else it(title(file, rule), () => expect(found.get(file)).to.include(rule));
  }
});
