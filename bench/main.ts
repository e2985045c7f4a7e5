import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createLab, IMAGE, labEnv } from '../test/lab/fixture.ts';
import { createDswarm } from './dswarm.ts';
import { Engines, rest } from './engines.ts';
import { renderTable, toRows, type Sample } from './report.ts';
import { measureAll } from './rounds.ts';
import { createSwarm } from './swarm.ts';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    idle: { type: 'string', default: '30' },
    only: { type: 'string', default: 'swarm,dswarm' },
  },
});
const INSTANCE = 'bench';
const RESULTS = path.resolve(import.meta.dirname, 'results');

async function bench(engines: Engines, directory: string): Promise<Sample[]> {
  const wanted = flags.only.split(',');
  const dswarm = wanted.includes('dswarm') ? await createDswarm(directory, engines.hosts, IMAGE) : undefined;
  const swarm = wanted.includes('swarm') ? await createSwarm(engines, IMAGE) : undefined;
  const contenders = [dswarm, swarm].filter((each) => each !== undefined);
  await engines.watch();
  await rest(2000);
  try {
    return await measureAll({
      engines,
      contenders,
      image: IMAGE,
      rounds: Number(flags.rounds),
      idleMs: Number(flags.idle) * 1000,
      pid: dswarm?.pid,
    });
  } finally {
    engines.close();
    await dswarm?.stop();
  }
}

function save(samples: readonly Sample[], load: number): string {
  mkdirSync(RESULTS, { recursive: true });
  const takenAt = new Date().toISOString();
  const file = path.join(RESULTS, `${takenAt.replaceAll(':', '-')}.json`);
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, node: process.version, loadBefore: load };
  writeFileSync(file, `${JSON.stringify({ takenAt, machine, rounds: Number(flags.rounds), rows: toRows(samples) }, null, 2)}\n`);
  return file;
}

const lab = createLab(INSTANCE);
const load = loadavg()[0] ?? 0;
if (load > cpus().length / 2)
  process.stdout.write(`The machine is busy (load ${load.toFixed(1)}): absolute numbers will be high, ratios less so.\n`);
const directory = mkdtempSync(path.join(tmpdir(), 'dswarm-bench-'));
try {
  await lab('down');
  await lab('up', '3');
  const samples = await bench(new Engines((await labEnv(INSTANCE)).hosts), directory);
  const file = save(samples, load);
  process.stdout.write(`\n${renderTable(toRows(samples))}\n\n${path.relative(process.cwd(), file)}\n`);
} finally {
  await lab('down');
  rmSync(directory, { recursive: true, force: true });
}
