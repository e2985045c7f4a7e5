import type { NodeIndex } from '../schedule/node-index.ts';
import type { ServiceSpec } from '../types/generated.ts';
import type { StoredService, StoredTask } from '../types/objects.ts';
import type { SlotBuckets } from './buckets.ts';
import { expandSpec, type TemplateContext } from './templates.ts';

/** Of a name with these every attempt has a volume of its own: nothing of it is found again. */
const OF_ONE_ATTEMPT = /\{\{[^}]*\.Task\.(ID|Name)\b/;

/** Whether tasks of the service keep data in a named volume of their node: it is nowhere else, and it is not for two at a time. */
export function keepsData({ volumes = [] }: Pick<ServiceSpec, 'volumes'>): boolean {
  return volumes.some(
    ({ type, source, readOnly }) => type === 'volume' && source !== undefined && !readOnly && !OF_ONE_ATTEMPT.test(source),
  );
}

/** A service whose tasks keep data is never updated start-first: two containers would write it at once. */
export function withoutOverlap(service: StoredService): StoredService {
  if (!keepsData(service.spec)) return service;
  return { ...service, spec: { ...service.spec, update: { ...service.spec.update, order: 'stop-first' } } };
}

/** Names of the volumes that a task keeps data in. */
export function volumesOf(context: TemplateContext): string[] {
  if (!keepsData(context.service.spec)) return [];
  return (expandSpec(context).volumes ?? []).flatMap((mount) => (keepsData({ volumes: [mount] }) ? (mount.source ?? []) : []));
}

export interface HomeInput {
  service: StoredService;
  slot: string;
  buckets: SlotBuckets;
  retired: readonly StoredTask[];
  nodes: NodeIndex;
}

/**
 * The node on which a slot has its data: where its last task with one of these volumes had a container. A node that is no longer part of
 * the cluster has released it; one that is away has not.
 */
export function homeOf({ service, slot, buckets, retired, nodes }: HomeInput): string | undefined {
  if (!keepsData(service.spec)) return undefined;
  const inSlot = [...buckets.outdated, ...buckets.dead, ...buckets.leaving, ...buckets.removing, ...buckets.lost];
  const views = inSlot.map(({ name, spec, record, container }) => ({ name, spec, record, hadOne: container !== undefined }));
  const left = retired.map((record) => ({ name: record.metadata.name, spec: record.spec, record, hadOne: false }));
  const homes = [...views, ...left].filter(({ name, spec, record, hadOne }) => {
    const node = nodes.find(spec.node);
    if (spec.slot !== slot || node === undefined || (!hadOne && record?.status?.containerId === undefined)) return false;
    const wanted = volumesOf({ service, task: { name, spec }, node });
    // A record of an earlier version does not tell: better a task that waits than one that starts without its data.
    return spec.volumes === undefined || spec.volumes.some((volume) => wanted.includes(volume));
  });
  return homes.sort((a, b) => (ageOf(a.record) > ageOf(b.record) ? -1 : 1))[0]?.spec.node;
}

const ageOf = (record: StoredTask | undefined): string =>
  record === undefined ? '' : `${record.metadata.creationTimestamp}/${record.status?.retiredAt ?? '~'}`;
