import { subnetProblem } from '../network/subnets.ts';
import type { Network, NetworkSpec } from '../types/generated.ts';
import type { Admitted } from '../types/objects.ts';
import { show, type Problem } from './problem.ts';

/** What bridges and tunnels are made of, and what containers have addresses of: it cannot change under them. */
const FIXED = ['driver', 'internal', 'backend'] as const satisfies readonly (keyof NetworkSpec)[];

const HINT = 'Keep it as it is, or make a network of another name and name that in the services.';

export function checkNetwork({ spec }: Network): Problem[] {
  const problem = spec.subnet === undefined ? undefined : subnetProblem(spec.subnet);
  return problem === undefined ? [] : [{ code: 'DSW_NETWORK_SUBNET', path: ['spec', 'subnet'], message: problem.message }];
}

/** A network that has its addresses keeps them, and what was made of it. */
export function findFixed(network: Network, previous: Admitted | undefined): Problem[] {
  const given = previous?.kind === 'Network' ? previous.status?.subnet : undefined;
  if (previous?.kind !== 'Network' || given === undefined) return [];
  const { spec } = network;
  const fields = FIXED.filter((field) => spec[field] !== previous.spec[field]).map((field) =>
    fixed(field, show(previous.spec[field]), show(spec[field])),
  );
  return spec.subnet === undefined || spec.subnet === given ? fields : [...fields, fixed('subnet', given, spec.subnet)];
}

function fixed(field: string, before: string, after: string): Problem {
  const message = `a network that has its addresses cannot change this: it is ${before}, found ${after}`;
  return { code: 'DSW_MANIFEST_IMMUTABLE', path: ['spec', field], message, hint: HINT };
}
