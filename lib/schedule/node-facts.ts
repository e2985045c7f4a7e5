import type { Resources } from './resources.ts';

/** What the scheduler knows of one node; what is on it is counted by the NodeIndex. */
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
  /** Where it is reached, for the constraint node.ip. */
  address?: string;
  /** Absent: not known, so no task that reserves anything fits. */
  capacity?: Resources;
  /** Names of the volumes that hold data there; absent: not known. */
  volumes?: ReadonlySet<string>;
  /** Absent: not known. */
  logDrivers?: readonly string[];
}
