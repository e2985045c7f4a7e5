import type { StoredService } from '../types/objects.ts';
import type { TaskSpec } from '../types/generated.ts';

export const LABELS = {
  managed: 'dswarm/managed',
  cluster: 'dswarm/cluster',
  namespace: 'dswarm/namespace',
  service: 'dswarm/service',
  serviceUid: 'dswarm/service-uid',
  slot: 'dswarm/slot',
  task: 'dswarm/task',
  specHash: 'dswarm/spec-hash',
  iteration: 'dswarm/iteration',
  network: 'dswarm/network',
} as const;

/** Filter that finds what is ours on an engine. */
export const MANAGED_FILTER = `${LABELS.managed}=true`;

/** How many hex digits of the spec hash a container's name carries. */
const NAME_HASH_LENGTH = 8;

/** `NAMESPACE_SERVICE.SLOT.HASH`: the same attempt always gets the same name, so a second create collides instead of duplicating (invariant 6). */
export function containerName(service: StoredService, slot: string, specHash: string): string {
  const digits = specHash.slice(specHash.indexOf(':') + 1, specHash.indexOf(':') + 1 + NAME_HASH_LENGTH);
  return `${namespaceOf(service)}_${service.metadata.name}.${slot}.${digits}`;
}

export function namespaceOf(object: { metadata: { namespace?: string } }): string {
  return object.metadata.namespace ?? 'default';
}

export interface TaskIdentity {
  cluster: string;
  namespace: string;
  /** Task object's name. */
  task: string;
  spec: TaskSpec;
}

/** Identity and spec hash only: no timestamps, nothing that changes while the container lives. */
export function identityLabels(identity: TaskIdentity): Record<string, string> {
  return {
    [LABELS.managed]: 'true',
    [LABELS.cluster]: identity.cluster,
    [LABELS.namespace]: identity.namespace,
    [LABELS.service]: identity.spec.service,
    [LABELS.serviceUid]: identity.spec.serviceUid,
    [LABELS.slot]: identity.spec.slot,
    [LABELS.task]: identity.task,
    [LABELS.specHash]: identity.spec.specHash,
    ...(identity.spec.iteration === undefined ? {} : { [LABELS.iteration]: String(identity.spec.iteration) }),
  };
}

/** `Service/NAMESPACE/NAME` of the service that a container belongs to, or undefined where it is not of this cluster. */
export function ownerKey(labels: Readonly<Record<string, string>>, cluster: string): string | undefined {
  if (labels[LABELS.managed] !== 'true' || labels[LABELS.cluster] !== cluster) return undefined;
  const namespace = labels[LABELS.namespace];
  const service = labels[LABELS.service];
  if (namespace === undefined || service === undefined) return undefined;
  return `Service/${namespace}/${service}`;
}
