import type { Served, ServedNetwork, ServedService } from './model.ts';
import { APART, apartFrom } from './ways.ts';

/** One thing that a node tries out. */
export interface Check {
  from: string;
  /** A node, a network or a service. */
  to: string;
  what: 'tunnel' | 'names' | 'address' | 'port';
  /** Its words for the agent, without a blank: ping:ADDRESS, name:RESOLVER:NAME, tcp:ADDRESS:PORT. */
  probe: string;
  /** What it tries, for a person. */
  subject: string;
  /** Why it cannot go well, whatever the node says. */
  hopeless?: string;
}

export interface CheckResult extends Omit<Check, 'hopeless'> {
  /** Undefined: all is well. */
  problem?: string;
}

/** So many services of each kind are tried out: what is broken for one is broken for all, mostly. */
const SERVICES = 5;
/** Of so many nodes a node tries out the ports: itself and those that come next, so that every node is tried out by as many. */
const NODES = 16;

/**
 * What a node tries out: the tunnel to every other node, the resolver of each network, virtual addresses, and published ports on all
 * nodes. A service without a task to answer is left out.
 */
export function checksOf(served: Served, node: string): Check[] {
  const { nodes, networks, services } = served;
  const answering = services
    .filter(({ tasks, ports }) => tasks.length > 0 && ports.some(({ protocol }) => protocol === 'tcp'))
    .slice(0, SERVICES);
  const others = nodes.filter(({ name }) => name !== node).map(({ name }) => name);
  const self = nodes.find(({ name }) => name === node);
  const apart = new Set(self === undefined ? [] : apartFrom(self, nodes));
  return [
    ...others
      .flatMap((to) => tunnelCheck(networks, node, to))
      .map((check) => (apart.has(check.to) ? { ...check, hopeless: APART } : check)),
    ...networks.flatMap((network) => namesCheck(network, services, node)),
    ...answering.flatMap((service) => addressCheck(service, node)),
    ...answering.flatMap((service) =>
      following(nodes, node).flatMap(({ name, address }) => (address === undefined ? [] : portCheck(service, node, { name, address }))),
    ),
  ];
}

/** The checks with what the node said of each, in order. */
export function withProblems(checks: readonly Check[], problems: readonly (string | undefined)[]): CheckResult[] {
  return checks.map(({ hopeless, ...check }, index) => {
    const problem = hopeless ?? problems[index];
    return problem === undefined ? check : { ...check, problem };
  });
}

function following(nodes: Served['nodes'], node: string): Served['nodes'] {
  const own = Math.max(
    0,
    nodes.findIndex(({ name }) => name === node),
  );
  return [...nodes.slice(own), ...nodes.slice(0, own)].slice(0, NODES);
}

function tunnelCheck(networks: readonly ServedNetwork[], from: string, to: string): Check[] {
  const shared = networks.find(({ driver, nodes }) => driver === 'mesh' && nodes[from] !== undefined && nodes[to] !== undefined);
  const gateway = shared?.nodes[to]?.gateway;
  return gateway === undefined ? [] : [{ from, to, what: 'tunnel', probe: `ping:${gateway}`, subject: gateway }];
}

function namesCheck({ namespace, name, nodes }: ServedNetwork, services: readonly ServedService[], from: string): Check[] {
  const gateway = nodes[from]?.gateway;
  const known = services.find(
    (service) => service.namespace === namespace && service.tasks.length > 0 && service.networks.some(({ network }) => network === name),
  );
  if (gateway === undefined || known === undefined) return [];
  return [
    { from, to: `${namespace}/${name}`, what: 'names', probe: `name:${gateway}:${known.name}`, subject: `${known.name} at ${gateway}` },
  ];
}

function addressCheck({ namespace, name, networks, ports }: ServedService, from: string): Check[] {
  const port = ports.find(({ protocol }) => protocol === 'tcp')?.target;
  return networks.flatMap(({ vip }): Check[] =>
    vip === undefined || port === undefined
      ? []
      : [{ from, to: `${namespace}/${name}`, what: 'address', probe: `tcp:${vip}:${String(port)}`, subject: `${vip}:${String(port)}` }],
  );
}

/** A port of policy local answers only where a task is. */
function portCheck({ ports, tasks }: ServedService, from: string, to: { name: string; address: string }): Check[] {
  const port = ports.find(
    ({ protocol, policy }) => protocol === 'tcp' && (policy === 'cluster' || tasks.some(({ node }) => node === to.name)),
  );
  if (port === undefined) return [];
  const subject = `${to.address}:${String(port.published)}`;
  return [{ from, to: to.name, what: 'port', probe: `tcp:${subject}`, subject }];
}
