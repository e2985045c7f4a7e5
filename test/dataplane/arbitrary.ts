import fc from 'fast-check';
import type { Served, ServedService } from '../../lib/dataplane/model.ts';
import { network, nodes, service } from './sample.ts';

const NODES = 3;

/** A service as a number of bits chooses it; the same number gives the same service. */
export interface Choice {
  tasks: boolean[];
  vip: boolean;
  port: boolean;
  policy: 'cluster' | 'local';
  protocol: 'tcp' | 'udp' | 'sctp';
  both: boolean;
}

const choice: fc.Arbitrary<Choice> = fc.record({
  tasks: fc.array(fc.boolean(), { minLength: NODES, maxLength: NODES }),
  vip: fc.boolean(),
  port: fc.boolean(),
  policy: fc.constantFrom('cluster', 'local'),
  protocol: fc.constantFrom('tcp', 'udp', 'sctp'),
  both: fc.boolean(),
});

/** What a cluster of three nodes, one namespace with two networks and up to eight services may serve at several times. */
export const history: fc.Arbitrary<Served[]> = fc
  .array(fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), choice), { minLength: 2, maxLength: 5 })
  .map((times) => times.map(servedOf));

const FIXED = {
  nodes: nodes(NODES),
  networks: [network('shop', 210, NODES), network('shop', 211, NODES, { name: 'back', bridge: 'dswback' })],
};

function servedOf(choices: Record<string, Choice>): Served {
  return { ...FIXED, services: Object.entries(choices).map(([name, one]) => build(name, one)) };
}

function build(name: string, { tasks, vip, port, policy, protocol, both }: Choice): ServedService {
  const at = String(name.charCodeAt(0) - 95);
  const addresses = tasks.flatMap((runs, index) => (runs ? [`10.210.${String(index + 1)}.${at}`] : []));
  const made = service('shop', name, vip ? `10.210.240.${at}` : undefined, addresses);
  // Two services at a time share a published port's number, not its protocol.
  const published = 30_000 + Math.floor(Number(at) / 2);
  const taken = Number(at) % 2 === 0 ? protocol : protocol === 'tcp' ? 'udp' : 'tcp';
  return {
    ...made,
    networks: [...made.networks, ...(both ? [{ network: 'back', aliases: ['other'], vip: `10.211.240.${at}` }] : [])],
    ports: port ? [{ protocol: taken, target: 80, published, policy }] : [],
    tasks: made.tasks.map((task) => ({
      ...task,
      addresses: { ...task.addresses, back: (task.addresses['default'] ?? '').replace('10.210', '10.211') },
    })),
  };
}
