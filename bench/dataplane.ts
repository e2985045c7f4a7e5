import { cpus, loadavg } from 'node:os';
import type { Served } from '../lib/dataplane/model.ts';
import { network, service } from '../test/dataplane/sample.ts';
import { PlaneLab } from '../test/io/plane-lab.ts';
import { median } from './stats.ts';

/** Each way is measured so many times, in turn with the one that it is compared with; the medians are told. */
const ROUNDS = 9;
const CONNECTIONS = 400;
const DRAIN_MS = 1000;

const SHOP = network('shop', 210, 2);

interface Way {
  name: string;
  host: string;
  /** Of the answering and of the flooding server. */
  ports: [string, string];
}

const direct = (name: string, host: string): Way => ({ name, host, ports: ['9000', '9001'] });

function servedBy(plane: PlaneLab): Served {
  const of = (name: string, vip: string, address: string, port: number) => ({
    ...service('shop', name, vip, [address]),
    ports: [9000, 9001].map((target, index) => ({ protocol: 'tcp', target, published: port + index, policy: 'cluster' }) as const),
  });
  const services = [of('near', '10.210.240.1', '10.210.1.2', 30_100), of('far', '10.210.240.2', '10.210.2.2', 30_110)];
  return { nodes: plane.nodes(), networks: [SHOP], services };
}

async function compare(plane: PlaneLab, base: Way, others: readonly Way[]): Promise<void> {
  const ways = [base, ...others];
  const latency = ways.map((): number[] => []);
  const rate = ways.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [index, { host, ports }] of ways.entries()) {
      latency[index]?.push(Number(await plane.traffic([1, 'client'], 'time', host, ports[0], String(CONNECTIONS))));
      rate[index]?.push(Number(await plane.traffic([1, 'client'], 'drain', host, ports[1], String(DRAIN_MS))));
    }
  const [baseLatency, baseRate] = [median(latency[0] ?? []), median(rate[0] ?? [])];
  for (const [index, { name }] of ways.entries()) {
    const [us, mib] = [median(latency[index] ?? []), median(rate[index] ?? [])];
    const share = (value: number, of: number): string => `${((value / of - 1) * 100).toFixed(1)} %`;
    console.log(`${name.padEnd(44)} ${us.toFixed(0).padStart(6)} us ${share(us, baseLatency).padStart(8)} ${mib.toFixed(0).padStart(6)} MiB/s ${share(mib, baseRate).padStart(8)}`); // prettier-ignore
  }
}

const plane = await PlaneLab.up(2);
try {
  await plane.makeNetwork(SHOP);
  await plane.start([1, 'client'], SHOP, '10.210.1.9', 'sleep');
  for (const index of [1, 2]) {
    await plane.start([index, `web-${String(index)}`], SHOP, `10.210.${String(index)}.2`, 'sleep');
    await plane.traffics([index, `web-${String(index)}`], 'serve', 'tcp', '9000', 'web');
    await plane.traffics([index, `web-${String(index)}`], 'flood', '9001');
  }
  await plane.serve(servedBy(plane));
  const { address } = plane.host(1);
  console.log(
    `connection with an answer, and stream, from a container; ${String(cpus().length)} CPUs, load ${(loadavg()[0] ?? 0).toFixed(1)}`,
  );
  await compare(plane, direct('same host: address of the task', '10.210.1.2'), [
    direct('same host: virtual address', '10.210.240.1'),
    { name: 'same host: published port', host: address, ports: ['30100', '30101'] },
  ]);
  await compare(plane, direct('across hosts: address of the task', '10.210.2.2'), [
    direct('across hosts: virtual address', '10.210.240.2'),
    { name: 'across hosts: published port', host: address, ports: ['30110', '30111'] },
  ]);
} finally {
  await plane.down();
}
process.exit();
