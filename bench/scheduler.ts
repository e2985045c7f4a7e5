import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { NodeIndex } from '../lib/schedule/node-index.ts';
import type { NodeFacts } from '../lib/schedule/node-facts.ts';
import { Placing } from '../lib/schedule/placing.ts';
import { MANY_NODES, measureEndpointChange, type EndpointChange } from './dataplane-change.ts';
import { measureDeath, type Death } from './scheduler-death.ts';
import { nameOf, SHAPES, type Shape } from './scheduler-shapes.ts';

interface Result {
  shape: string;
  /** Tasks of one service. */
  perService: number;
  placementsPerSecond: number;
  /** Making the index. */
  buildMs: number;
  placeMs: number;
  /** CPU time of the same: what counts on a busy machine. */
  placeCpuMs: number;
  /** Most and fewest tasks on an eligible node. */
  spread: [number, number];
  /** Resident memory at the end, with every assignment kept. */
  memoryMiB: number;
}

const MIB = 1024 * 1024;
const REPLICAS = 100;

const { values: flags } = parseArgs({ options: { shape: { type: 'string' }, replicas: { type: 'string', default: String(REPLICAS) } } });

function makeNodes({ nodes }: Shape): NodeFacts[] {
  return Array.from({ length: nodes }, (_, at) => ({
    name: `node-${String(at).padStart(6, '0')}`,
    id: `id-${at}`,
    hostname: `host-${at}`,
    role: 'worker',
    os: 'linux',
    arch: 'amd64',
    labels: at % 3 === 0 ? { pool: 'fast' } : {},
    engineLabels: {},
    ready: true,
    availability: 'active',
  }));
}

interface Assignment {
  service: string;
  slot: number;
  node: string;
}

/** Services of so many tasks each, one after the other: each is placed on its own, then counted in the index, as the controller does. */
function placeAll(shape: Shape, index: NodeIndex, replicas: number): Assignment[] {
  const constraints = shape.constrained ? ['node.labels.pool==fast'] : [];
  const assignments: Assignment[] = [];
  for (let service = 0; assignments.length < shape.tasks; service++) {
    const placing = new Placing(index, { constraints, maxReplicasPerNode: 0, hostPorts: [] }, new Map());
    const first = assignments.length;
    for (let slot = 1; slot <= replicas && assignments.length < shape.tasks; slot++) {
      const placement = placing.place();
      if (!('node' in placement)) throw new Error(placement.refused);
      assignments.push({ service: `service-${service}`, slot, node: placement.node.name });
    }
    for (let at = first; at < assignments.length; at++) index.addTask((assignments[at] as Assignment).node);
  }
  return assignments;
}

function spreadOf(nodes: readonly NodeFacts[], shape: Shape, assignments: readonly Assignment[]): [number, number] {
  const counts = new Map(nodes.filter((node) => !shape.constrained || node.labels['pool'] === 'fast').map((node) => [node.name, 0]));
  for (const { node } of assignments) counts.set(node, (counts.get(node) ?? 0) + 1);
  let [most, fewest] = [0, Infinity];
  for (const count of counts.values()) [most, fewest] = [Math.max(most, count), Math.min(fewest, count)];
  return [most, fewest];
}

function measure(shape: Shape, replicas: number): Result {
  const nodes = makeNodes(shape);
  const begun = performance.now();
  const index = new NodeIndex(nodes);
  const built = performance.now();
  const before = process.cpuUsage();
  const assignments = placeAll(shape, index, replicas);
  const placed = performance.now();
  const { user, system } = process.cpuUsage(before);
  return {
    shape: nameOf(shape),
    perService: replicas,
    placementsPerSecond: Math.round(assignments.length / ((placed - built) / 1000)),
    buildMs: Math.round(built - begun),
    placeMs: Math.round(placed - built),
    placeCpuMs: Math.round((user + system) / 1000),
    spread: spreadOf(nodes, shape, assignments),
    memoryMiB: Math.round(process.memoryUsage().rss / MIB),
  };
}

/** Each shape in a process of its own: memory and warm-up of one do not count for another. */
function measureApart(shape: Shape, replicas: number): Result {
  const args = [
    '--max-old-space-size=4096',
    '--import',
    'tsx',
    import.meta.filename,
    '--shape',
    nameOf(shape),
    '--replicas',
    `${replicas}`,
  ];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Result;
}

interface Report {
  results: readonly Result[];
  oneDeath: Death;
  oneEndpoint: readonly EndpointChange[];
}

function report(measured: Report, load: number): void {
  const directory = path.resolve(import.meta.dirname, 'results');
  mkdirSync(directory, { recursive: true });
  const takenAt = new Date().toISOString();
  const file = path.join(directory, `scheduler-${takenAt.replaceAll(':', '-')}.json`);
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, node: process.version, loadBefore: load };
  writeFileSync(file, `${JSON.stringify({ takenAt, machine, ...measured }, null, 2)}\n`);
  process.stdout.write(`\n${path.relative(process.cwd(), file)}\n`);
}

function describeChange({ nodes, services, tasks, cpuMs, wallMs }: EndpointChange): string {
  const told = `${cpuMs.toFixed(1)} ms of CPU (${wallMs.toFixed(0)} ms) until all ${String(nodes)} nodes are told`;
  return `one endpoint gone of ${String(tasks)} of ${String(services)} services: ${told}`;
}

async function main(): Promise<void> {
  const replicas = Number(flags.replicas);
  const only = SHAPES.find((shape) => nameOf(shape) === flags.shape);
  if (only !== undefined) {
    process.stdout.write(JSON.stringify(measure(only, replicas)));
    return;
  }
  const load = loadavg()[0] ?? 0;
  process.stdout.write(
    `${'NODES x TASKS'.padEnd(22)}${'PLACEMENTS/S'.padStart(14)}${'MS'.padStart(8)}${'CPU MS'.padStart(8)}${'MEMORY'.padStart(12)}\n`,
  );
  const results = SHAPES.map((shape) => {
    const result = measureApart(shape, replicas);
    const cells = [
      String(result.placementsPerSecond).padStart(14),
      String(result.placeMs).padStart(8),
      String(result.placeCpuMs).padStart(8),
      `${result.memoryMiB} MiB`.padStart(12),
    ];
    process.stdout.write(`${result.shape.padEnd(22)}${cells.join('')}\n`);
    return result;
  });
  const death = await measureDeath();
  const cost = `${death.cpuMs.toFixed(2)} ms of CPU (${death.wallMs.toFixed(1)} ms)`;
  process.stdout.write(`one death among ${death.tasks} tasks on ${death.nodes} nodes: ${cost} from the event to the stored plan\n`);
  const changes = [await measureEndpointChange(), await measureEndpointChange(MANY_NODES)];
  for (const change of changes) process.stdout.write(`${describeChange(change)}\n`);
  report({ results, oneDeath: death, oneEndpoint: changes }, load);
}

await main();
