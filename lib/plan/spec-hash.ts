import { createHash } from 'node:crypto';
import { configure } from 'safe-stable-stringify';
import { isControllers } from '../restart/policy.ts';
import type { ServiceSpec } from '../types/generated.ts';

const stringify = configure({ deterministic: true });

/**
 * Fields that shape the container, in version 1 of the algorithm. Scaling, placement, update settings and labels of the service are
 * not among them: changing those restarts nothing (Swarm's dirty check). The list of a released version never changes; a field that
 * arrives later enters version 1 only where it is given, as absent fields are left out.
 */
export const SHAPING_FIELDS_V1 = [
  'image',
  'entrypoint',
  'command',
  'env',
  'workingDir',
  'user',
  'hostname',
  'labels',
  'init',
  'tty',
  'readOnly',
  'stopSignal',
  'stopGracePeriod',
  'capAdd',
  'capDrop',
  'ulimits',
  'sysctls',
  'devices',
  'privileged',
  'dns',
  'dnsSearch',
  'extraHosts',
  'logging',
  'ports',
  'networks',
  'volumes',
  'secrets',
  'configs',
  'healthcheck',
  'forceUpdate',
] as const satisfies readonly (keyof ServiceSpec)[];

/** Of stored specs, which never change; a pass asks for the same one many times. */
const known = new WeakMap<ServiceSpec, string>();

/** `v1:` and 64 hex digits: equal for equal containers, whatever the order of keys (invariant 11). */
export function specHash(spec: ServiceSpec): string {
  const hash = known.get(spec) ?? hashOf(spec);
  if (Object.isFrozen(spec)) known.set(spec, hash);
  return hash;
}

function hashOf(spec: ServiceSpec): string {
  const shape: Record<string, unknown> = {
    restart: isControllers(spec.restart) ? `${spec.restart.condition} by the controller` : spec.restart.condition,
    resources: spec.resources,
  };
  for (const field of SHAPING_FIELDS_V1) shape[field] = spec[field];
  Object.assign(shape, reachShape(spec));
  return `v1:${createHash('sha256')
    .update(stringify(shape) ?? '')
    .digest('hex')}`;
}

/** What of ports and networks is made with the container: the ports of its node, the names of its networks. The rest the data plane does. */
export function reachShape({ ports, networks }: Pick<ServiceSpec, 'ports' | 'networks'>): { ports?: unknown; networks?: unknown } {
  const onNode = ports?.filter((port) => port.mode === 'host') ?? [];
  // An empty list is not an absent one in version 1.
  const isAbsent = onNode.length === 0 && ports?.length !== 0;
  return { ports: isAbsent ? undefined : onNode, networks: networks?.map(({ name }) => ({ name })) };
}
