import { isObject, withKey } from '../merge/json.ts';
import type { JsonObject, ObjectRef, StoredService } from '../types/objects.ts';
import type { StoredManifest } from './deps.ts';
import { asJson, metadataOf } from './document.ts';
import { badRequest, notFound } from './status.ts';
import type { Modify } from './writes.ts';

/** A Service as its /scale shows it (autoscaling/v1 Scale). */
export function scaleOf(service: StoredService): object {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = service.metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: service.spec.replicas },
    status: { replicas: service.status?.replicas ?? 0, selector: `dswarm/service=${name}` },
  };
}

/** Turns a change of the Scale into one of the Service. */
export function scaleWith(ref: ObjectRef, change: (scale: JsonObject) => JsonObject): Modify {
  return (live) => {
    const service = serviceOf(live, ref);
    const scale = change(scaleOf(service) as JsonObject);
    const replicas = isObject(scale.spec) ? scale.spec.replicas : undefined;
    if (typeof replicas !== 'number') throw badRequest('spec.replicas of a Scale must be a number');
    const document = asJson(service);
    const { resourceVersion, uid } = metadataOf(scale);
    const metadata = {
      ...metadataOf(document),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(uid === undefined ? {} : { uid }),
    };
    return { document: { ...document, metadata, spec: withKey(document.spec as JsonObject, 'replicas', replicas) } };
  };
}

function serviceOf(live: StoredManifest | undefined, ref: ObjectRef): StoredService {
  if (live?.kind !== 'Service') throw notFound(ref);
  if (live.spec.mode === 'global' || live.spec.mode === 'global-job')
    throw badRequest(`${ref.name} is ${live.spec.mode}: it has one task on each node and cannot be scaled`);
  return live;
}
