import type { Network, NetworkSpec, Port, Service, ServiceSpec } from '../types/generated.ts';
import type { Path } from './parse.ts';
import type { Policy } from './policy.ts';
import type { Problem } from './problem.ts';

/** A field whose behaviour arrives later, and that would do harm if it were silently ignored. */
interface Unsupported<Spec> {
  /** What is not supported yet, as the message says it. */
  what: string;
  hint?: string;
  /** Where the spec asks for it. */
  find(spec: Spec): Path[];
}

/** The whole list, with those below. A behaviour that arrives takes its line away. */
const SERVICE: readonly Unsupported<ServiceSpec>[] = [
  { what: 'secrets are', hint: 'Remove secrets.', find: (spec) => at(['secrets'], (spec.secrets ?? []).length > 0) },
  { what: 'configs are', hint: 'Remove configs.', find: (spec) => at(['configs'], (spec.configs ?? []).length > 0) },
];

const NETWORK: readonly Unsupported<NetworkSpec>[] = [
  {
    what: 'networks that other containers may be connected to are',
    hint: 'Remove attachable.',
    find: (spec) => at(['attachable'], spec.attachable),
  },
];

/** What only the data plane does. */
const NEEDS_DATA_PLANE: readonly Unsupported<ServiceSpec>[] = [
  {
    what: 'networks other than default, and aliases, are',
    hint: 'Remove networks; the namespace has its default network.',
    find: findNetworks,
  },
  {
    what: 'publishing in mode ingress (the default) is',
    hint: 'Write { target: 80, published: 8080, mode: host } to publish on the node that runs the task.',
    find: (spec) => findPorts(spec, (port) => port.mode === 'ingress'),
  },
];

export function findUnsupported({ spec }: Service, { dataPlane }: Policy): Problem[] {
  const needs = dataPlane === true ? [] : apply(NEEDS_DATA_PLANE, spec, 'possible with the data plane only');
  return [...apply(SERVICE, spec, 'not supported yet'), ...needs];
}

export function findUnsupportedOfNetwork({ spec }: Network): Problem[] {
  return apply(NETWORK, spec, 'not supported yet');
}

function apply<Spec>(rules: readonly Unsupported<Spec>[], spec: Spec, ending: string): Problem[] {
  return rules.flatMap((rule) =>
    rule.find(spec).map(
      (path) =>
        ({
          code: 'DSW_MANIFEST_UNSUPPORTED',
          path: ['spec', ...path],
          message: `${rule.what} ${ending}`,
          hint: rule.hint,
        }) as const,
    ),
  );
}

function at(path: Path, asked: boolean): Path[] {
  return asked ? [path] : [];
}

function findNetworks(spec: ServiceSpec): Path[] {
  return (spec.networks ?? []).flatMap((network, index) => {
    const isDefault =
      typeof network === 'string' ? network === 'default' : network.name === 'default' && (network.aliases ?? []).length === 0;
    return at(['networks', index], !isDefault);
  });
}

function findPorts(spec: ServiceSpec, asked: (port: Port) => boolean): Path[] {
  return (spec.ports ?? []).flatMap((port, index) => at(['ports', index], typeof port !== 'string' && asked(port)));
}
