import type { Resources } from './resources.ts';

/** What the scheduler knows of one node. */
export interface NodeFacts {
  name: string;
  id: string;
  hostname: string;
  role: 'worker' | 'manager';
  os: string;
  arch: string;
  labels: Readonly<Record<string, string>>;
  engineLabels: Readonly<Record<string, string>>;
  /** Reachable, and a full list of its containers was read. */
  ready: boolean;
  availability: 'active' | 'pause' | 'drain';
  /** Tasks of all services assigned there. */
  tasks: number;
  /** Host ports bound there by other services: `8080/tcp`. */
  usedPorts: ReadonlySet<string>;
  /** Where it is reached, for the constraint node.ip. */
  address?: string;
  /** Absent: not known, so no task that reserves anything fits. */
  capacity?: Resources;
  /** Kept for the tasks assigned there; absent: nothing. */
  reserved?: Resources;
}
