import type { Column } from '../types/kinds.ts';
import type { AnyStored } from '../types/objects.ts';
import { ageOf } from './age.ts';
import { present, type Resource } from './resource.ts';

export interface Table {
  kind: 'Table';
  apiVersion: 'meta.k8s.io/v1';
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
  columnDefinitions: { name: string; type: string; format: string; description: string; priority: number }[];
  rows: { cells: Cell[]; object: unknown }[];
}

type Cell = string | number | null;

/** What each row carries beside its cells (includeObject): Metadata is the default. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface TableOptions {
  now: number;
  include: IncludeObject;
  metadata: Table['metadata'];
}

/** Kubernetes' Table: the server knows the columns, so any kubectl shows them. */
export function renderTable(resource: Resource, objects: readonly AnyStored[], options: TableOptions): Table {
  const { columns } = resource.info;
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: options.metadata,
    columnDefinitions: columns.map((column) => ({
      name: column.name,
      type: column.type,
      format: column.path === 'metadata.name' ? 'name' : '',
      description: column.path,
      priority: column.priority,
    })),
    rows: objects.map((object) => ({
      cells: columns.map((column) => cellOf(object, column, options.now)),
      object: rowObject(resource, object, options.include),
    })),
  };
}

function rowObject(resource: Resource, object: AnyStored, include: IncludeObject): unknown {
  if (include === 'None') return null;
  return include === 'Object' ? present(resource, object) : partialOf(object);
}

export function partialOf(object: AnyStored): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

function cellOf(object: AnyStored, column: Column, now: number): Cell {
  const value = valueAt(object, column.path) ?? (column.otherwise === undefined ? undefined : valueAt(object, column.otherwise));
  if ((value === undefined || value === null) && (column.type !== 'date' || column.default !== undefined)) return column.default ?? null;
  if (column.type === 'date') return ageOf(value, now);
  if (column.type === 'integer' && typeof value === 'number') return value;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Dots separate keys; the rest after `annotations.` or `labels.` is one key. */
function valueAt(object: AnyStored, path: string): unknown {
  const mapped = /^metadata\.(annotations|labels)\.(.+)$/.exec(path);
  const keys = mapped === null ? path.split('.') : ['metadata', mapped[1] ?? '', mapped[2] ?? ''];
  return keys.reduce<unknown>(
    (node, key) => (typeof node === 'object' && node !== null ? (node as Record<string, unknown>)[key] : undefined),
    object,
  );
}
