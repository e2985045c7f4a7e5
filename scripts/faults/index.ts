import { CONTROLLER_FAULTS } from './controllers.ts';
import { ENGINE_FAULTS } from './engine.ts';
import type { Fault } from './fault.ts';
import { MANIFEST_FAULTS } from './manifests.ts';
import { NETWORK_FAULTS } from './network.ts';
import { PLANE_FAULTS } from './plane.ts';

export interface FaultGroup {
  title: string;
  faults: readonly Fault[];
}

/** docs/faults.md in its order. */
export const FAULT_GROUPS: readonly FaultGroup[] = [
  { title: 'Manifests and the watched directory', faults: MANIFEST_FAULTS },
  { title: 'Docker engines', faults: ENGINE_FAULTS },
  { title: 'SSH, hosts and their network', faults: NETWORK_FAULTS },
  { title: 'The data plane', faults: PLANE_FAULTS },
  { title: 'Controllers', faults: CONTROLLER_FAULTS },
];

export const FAULTS: readonly Fault[] = FAULT_GROUPS.flatMap((group) => group.faults);
