import type { ObjectRef, StoredMeta } from '../types/objects.ts';

/** A Table of meta.k8s.io/v1: columns as the server wants them shown. */
export interface Table {
  kind: 'Table';
  metadata?: { resourceVersion?: string };
  columnDefinitions: { name: string; type: string; priority?: number; description?: string }[];
  rows: TableRow[];
}

export interface TableRow {
  cells: (string | number | boolean | null)[];
  object?: { metadata: StoredMeta };
}

/** BOOKMARK carries no more than a resourceVersion; ERROR a Status. */
export interface WatchEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: T;
}

/** What the API would do with given manifests, and which steps that would cause where. */
export interface ChangePlan {
  changes: { ref: ObjectRef; action: 'create' | 'configure' | 'unchanged' | 'delete' }[];
  steps: { node?: string; text: string }[];
}

export interface LogQuery {
  follow?: boolean | undefined;
  tailLines?: number | undefined;
  sinceSeconds?: number | undefined;
  timestamps?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/** One line of a task's output. */
export interface LogFrame {
  task: string;
  node: string;
  stream: 'stdout' | 'stderr';
  line: string;
  /** Instead of a line: why no more comes from this task. */
  error?: string;
}

export interface ServerVersion {
  gitVersion: string;
  platform?: string;
}

/** One thing that a node tried out, as the API tells. */
export interface NetworkCheck {
  from: string;
  to: string;
  what: string;
  subject: string;
  /** Absent: all is well. */
  problem?: string;
}
