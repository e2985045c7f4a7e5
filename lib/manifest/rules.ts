import type { Service, ServiceSpec } from '../types/generated.ts';
import type { JsonObject } from '../types/objects.ts';
import { stripDefaults } from './defaults.ts';
import { IMAGE_HINT, imageProblem } from './image.ts';
import { invalid, show, type Problem } from './problem.ts';
import { checkConstraints } from './rules-constraints.ts';
import { checkHealthcheck, checkResources, checkTimes } from './rules-numbers.ts';
import { checkTemplates } from './rules-templates.ts';
import { checkVolumes } from './rules-volumes.ts';
import { isObject } from './parse.ts';

/** What a schema cannot say: fields that contradict each other, and values that the engine would refuse. `given` is the manifest before defaults. */
export function checkService(service: Service, given: JsonObject): Problem[] {
  const { spec } = service;
  // A client sends back what was filled in, and an exported manifest says it: that asks for nothing.
  const givenSpec = isObject(given['spec']) ? stripDefaults('Service', given['spec']) : {};
  return [
    ...checkImage(spec),
    ...checkMode(spec, givenSpec),
    ...checkPorts(spec),
    ...checkEnv(spec),
    ...checkHostname(spec),
    ...checkUlimits(spec),
    ...checkVolumes(spec),
    ...checkHealthcheck(spec),
    ...checkResources(spec),
    ...checkTimes(spec),
    ...checkConstraints(spec),
    ...checkTemplates(spec),
  ];
}

function checkImage(spec: ServiceSpec): Problem[] {
  const problem = imageProblem(spec.image);
  return problem === undefined ? [] : [invalid(['spec', 'image'], `${problem}: ${show(spec.image)}`, IMAGE_HINT)];
}

function checkMode(spec: ServiceSpec, given: JsonObject): Problem[] {
  const isGlobal = spec.mode === 'global' || spec.mode === 'global-job';
  const isJob = spec.mode === 'replicated-job' || spec.mode === 'global-job';
  const problems: Problem[] = [];
  if (isGlobal && given['replicas'] !== undefined) {
    problems.push(
      invalid(
        ['spec', 'replicas'],
        `cannot be set with mode ${spec.mode}, which runs one task on each node`,
        `Remove replicas, or use mode ${isJob ? 'replicated-job' : 'replicated'}.`,
      ),
    );
  }
  if (spec.mode !== 'replicated-job' && given['maxConcurrent'] !== undefined) {
    problems.push(
      invalid(
        ['spec', 'maxConcurrent'],
        `is for mode replicated-job only; mode is ${spec.mode}`,
        'Remove maxConcurrent, or use that mode.',
      ),
    );
  }
  // SwarmKit refuses the same (controlapi, validateMode).
  for (const name of isJob ? ['update', 'rollback'] : [])
    if (given[name] !== undefined)
      problems.push(invalid(['spec', name], 'cannot be set for jobs', `Remove ${name}: a change begins a new run of the job.`));
  return problems;
}

function checkPorts(spec: ServiceSpec): Problem[] {
  const seen = new Map<string, number>();
  return (spec.ports ?? []).flatMap((port, index) => {
    if (typeof port === 'string') return [];
    const path = ['spec', 'ports', index];
    const problems: Problem[] = [];
    const key = `${port.published}/${port.protocol}`;
    const first = seen.get(key);
    if (port.published !== undefined && first !== undefined)
      problems.push(invalid(path, `port ${key} is published twice, by ports[${first}] too`));
    seen.set(key, first ?? index);
    for (const [name, number] of [
      ['target', port.target],
      ['published', port.published],
    ] as const) {
      if (number !== undefined && (number < 1 || number > 65535)) problems.push(invalid(path, `${name} port ${number} is not in 1-65535`));
    }
    if (spec.endpointMode === 'dnsrr' && port.mode === 'ingress') {
      problems.push(
        invalid(path, 'endpointMode dnsrr cannot publish ports in mode ingress', 'Use mode: host for the port, or endpointMode: vip.'),
      );
    }
    return problems;
  });
}

/** Linux takes at most 128 KiB for one KEY=VALUE and its end (MAX_ARG_STRLEN); docker run fails with "argument list too long". */
const ENV_BYTES = 131_072;

function checkEnv(spec: ServiceSpec): Problem[] {
  return Object.entries(spec.env ?? {}).flatMap(([name, value]) => {
    const bytes = Buffer.byteLength(`${name}=${value}`) + 1;
    return bytes <= ENV_BYTES
      ? []
      : [invalid(['spec', 'env', name], `${bytes} bytes with its name; Linux takes at most ${ENV_BYTES} (argument list too long)`)];
  });
}

function checkHostname({ hostname }: ServiceSpec): Problem[] {
  if (hostname === undefined || hostname.includes('{{')) return [];
  if (hostname.length <= 63 && /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(hostname)) return [];
  return [invalid(['spec', 'hostname'], `expected a host name of at most 63 letters, digits, - and ., found ${show(hostname)}`)];
}

function checkUlimits(spec: ServiceSpec): Problem[] {
  return Object.entries(spec.ulimits ?? {}).flatMap(([name, limit]) => {
    if (typeof limit === 'number' || limit.hard === -1 || (limit.soft !== -1 && limit.soft <= limit.hard)) return [];
    return [
      invalid(['spec', 'ulimits', name], `ulimit soft limit must be less than or equal to hard limit: ${limit.soft} > ${limit.hard}`),
    ];
  });
}
