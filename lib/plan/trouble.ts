import type { Pressure } from './step-failure.ts';

/** Where a service's tasks are not to be placed for a while, learnt from steps that failed there. */
export interface Avoidance {
  /** Why, by node. */
  avoid: ReadonlyMap<string, string>;
  /** Host ports that somebody else holds, by node: `8080/tcp`, or `8080` of a protocol that is not known. */
  takenPorts: ReadonlyMap<string, readonly string[]>;
}

export interface NodePressure {
  type: Pressure;
  /** The engine's words. */
  message: string;
}
