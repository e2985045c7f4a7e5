import type { AnyStored } from '../types/objects.ts';
import { present, type Resource } from './resource.ts';
import { partialOf, renderTable, type IncludeObject, type Table } from './table.ts';

/** In which shape the client wants objects, told by its Accept header. */
export type Shape = 'object' | 'table' | 'partial';

export interface Representation {
  shape: Shape;
  include: IncludeObject;
}

const SHAPES: Readonly<Record<string, Shape>> = { Table: 'table', PartialObjectMetadata: 'partial', PartialObjectMetadataList: 'partial' };

/** Takes the first of the accepted types that can be served; JSON otherwise (who asks for protobuf takes JSON as well). */
export function negotiate(accept: string | undefined, includeObject?: string): Representation {
  const include = includeObject === 'None' || includeObject === 'Object' ? includeObject : 'Metadata';
  const shapes = (accept ?? '').split(',').flatMap((part) => shapeOf(part) ?? []);
  return { shape: shapes[0] ?? 'object', include };
}

/** `application/json;as=Table;v=v1;g=meta.k8s.io` is a table; what cannot be served is undefined. */
function shapeOf(part: string): Shape | undefined {
  const [type, ...parameters] = part.split(';').map((text) => text.trim());
  if (type !== 'application/json' && type !== '*/*') return undefined;
  const as = parameters.find((text) => text.startsWith('as='))?.slice('as='.length);
  if (as === undefined) return 'object';
  const version = parameters.find((text) => text.startsWith('v='));
  return version === undefined || version === 'v=v1' ? SHAPES[as] : undefined;
}

export interface ListMeta {
  resourceVersion: string;
  continue?: string;
  remainingItemCount?: number;
}

export function represent(resource: Resource, object: AnyStored, as: Representation & { now: number }): object {
  switch (as.shape) {
    case 'object':
      return present(resource, object);
    case 'partial':
      return partialOf(object);
    case 'table':
      return renderTable(resource, [object], { ...as, metadata: { resourceVersion: object.metadata.resourceVersion } });
    default: {
      const never: never = as.shape;
      return never;
    }
  }
}

export function representList(
  resource: Resource,
  objects: readonly AnyStored[],
  as: Representation & { now: number; metadata: ListMeta },
): object | Table {
  const { metadata } = as;
  switch (as.shape) {
    case 'object':
      return {
        kind: `${resource.kind}List`,
        apiVersion: resource.apiVersion,
        metadata,
        items: objects.map((object) => present(resource, object)),
      };
    case 'partial':
      return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: objects.map(partialOf) };
    case 'table':
      return renderTable(resource, objects, as);
    default: {
      const never: never = as.shape;
      return never;
    }
  }
}

/** A bookmark tells nothing but how far the watch has come. */
export function representBookmark(resource: Resource, revision: number, as: Representation & { now: number; initial?: boolean }): object {
  const annotations = as.initial === true ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  const metadata = { resourceVersion: String(revision), creationTimestamp: null, ...annotations };
  if (as.shape === 'table') return renderTable(resource, [], { ...as, metadata });
  if (as.shape === 'partial') return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
  return { kind: resource.kind, apiVersion: resource.apiVersion, metadata };
}
