import { spawn } from 'node:child_process';
import path from 'node:path';
import { readCitations } from './citations.ts';
import { CONFORMANCE } from './conformance.ts';
import { sumUp } from './gen-proofs.ts';
import { addCounts, parseCounts, parseFailures, summary, type Counts } from './mocha-counts.ts';

/** One thing that `make test` does. A check counts as one test; mocha tells its own counts. */
interface Step {
  name: string;
  command: string[];
  kind: 'check' | 'mocha';
  env?: Record<string, string>;
}

const npm = (script: string): Step => ({ name: script, command: ['npm', 'run', '--silent', script], kind: 'check' });

const CHECKS: readonly Step[] = ['build', 'verify', 'format:check', 'lint', 'types', 'arch', 'size'].map(npm);
const UNIT: Step = { name: 'unit, property and contract tests', command: ['npx', 'mocha', '--reporter', 'dot', '--exit'], kind: 'mocha' };
const LAB: Step = { name: 'tests on real hosts', command: ['npx', 'mocha', '--config', '.mocharc.lab.json'], kind: 'mocha' };

/** Counts as one test: it prints how many seeds there were, and of each that failed the command that replays it. */
const WORLDS: Step = { name: 'simulated worlds', command: ['npx', 'tsx', 'test/sim/main.ts'], kind: 'check', env: { SEEDS: '10000' } };

/** Only the tests whose titles cite a case; their files are few enough that one mocha runs those that need no hosts, and one the others. */
const conformance = (config: string): string[] => ['npx', 'mocha', '--config', config, '--grep', 'conformance C', '--exit'];
const CASES: Step = { name: 'conformance', command: [...conformance('.mocharc.json'), '--reporter', 'dot'], kind: 'mocha' };
const CASES_LAB: Step = { name: 'conformance on real hosts', command: conformance('.mocharc.lab.json'), kind: 'mocha' };

const SUITES: Record<string, readonly Step[]> = {
  conformance: [CASES, CASES_LAB],
  all: [...CHECKS, UNIT, WORLDS, LAB],
  check: [...CHECKS, UNIT],
  lab: [npm('build'), LAB],
};

const ROOT = path.resolve(import.meta.dirname, '..');
const INSTANCE = 'test';
const HOSTS = '3';

// Through a pipe programs would drop their colors; here what they print goes to the terminal all the same.
const env = { ...process.env, DSWARM_LAB: INSTANCE, ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }) };

/** Shows a program's output while it runs, and returns it with its exit code. */
function show(command: readonly string[], more: Record<string, string> = {}): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const [file = '', ...args] = command;
    const child = spawn(file, args, { env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
      process.stdout.write(data);
    });
    child.stderr.on('data', (data: Buffer) => process.stderr.write(data));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** What failed, for the end of the log: some logs keep no more than that. */
const failures: string[] = [];

async function runStep(step: Step): Promise<Counts> {
  const started = performance.now();
  process.stdout.write(`\n== ${step.name}\n`);
  const { code, output } = await show(step.command, step.env);
  process.stdout.write(
    `== ${step.name}: ${code === 0 ? 'ok' : `FAILED (exit code ${code})`} in ${((performance.now() - started) / 1000).toFixed(1)} s\n`,
  );
  if (step.kind === 'check') return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
  failures.push(...parseFailures(output));
  return parseCounts(output, code);
}

async function lab(...args: string[]): Promise<boolean> {
  return (await show(['test/lab/lab', ...args])).code === 0;
}

/** The lab goes down again however its tests end. */
async function runInLab(step: Step): Promise<Counts> {
  const takeDown = (): void => {
    void lab('down').finally(() => process.exit(130));
  };
  process.once('SIGINT', takeDown).once('SIGTERM', takeDown);
  try {
    await lab('down');
    if (await lab('up', HOSTS)) return await runStep(step);
    process.stdout.write('== the lab did not come up\n');
    return { passed: 0, failed: 1 };
  } finally {
    await lab('down');
    process.off('SIGINT', takeDown).off('SIGTERM', takeDown);
  }
}

async function runAll(steps: readonly Step[]): Promise<void> {
  const failed: string[] = [];
  let total: Counts = { passed: 0, failed: 0 };
  for (const step of steps) {
    const counts = step === LAB || step === CASES_LAB ? await runInLab(step) : await runStep(step);
    if (counts.failed > 0) failed.push(step.name);
    total = addCounts(total, counts);
  }
  if (failed.length > 0) process.stdout.write(`\n${[...failures, `failed: ${failed.join(', ')}`].join('\n')}`);
  process.stdout.write(`\n${summary(total)}\n`);
  if (name === 'conformance') process.stdout.write(`${sumUp(CONFORMANCE, readCitations(ROOT, 'conformance'))}\n`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

const name = process.argv[2] ?? 'all';
const suite = SUITES[name];
if (suite === undefined) throw new Error(`no suite ${name}; there are ${Object.keys(SUITES).join(', ')}`);
await runAll(suite);
