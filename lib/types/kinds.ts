import type { Kind } from './objects.ts';

/** What the API and the CLI need to know of a kind beside its fields; read from `x-dswarm` of its schema. */
export interface KindInfo {
  kind: Kind;
  scope: 'Cluster' | 'Namespaced';
  plural: string;
  singular: string;
  shortNames: string[];
  categories: string[];
  subresources: string[];
  /** Made by controllers; users may read it only. */
  readOnly: boolean;
  columns: Column[];
}

export interface Column {
  name: string;
  type: 'string' | 'integer' | 'date';
  /** Dots separate keys; the rest after `annotations.` or `labels.` is one key. */
  path: string;
  /** Path of what is shown where there is nothing at `path`. */
  otherwise?: string;
  /** 0: always shown; 1: with -o wide. */
  priority: number;
  default?: string | number;
}
