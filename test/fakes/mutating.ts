import type { Docker } from '../../lib/ports/docker.ts';

/** Calls that change an engine. */
export const MUTATING = new Set<keyof Docker>([
  'pullImage',
  'loadImage',
  'createContainer',
  'startContainer',
  'stopContainer',
  'removeContainer',
  'removeVolume',
  'createNetwork',
  'removeNetwork',
  'connectNetwork',
  'exec',
]);

export interface FakeCall {
  op: keyof Docker;
  mutating: boolean;
  args: readonly unknown[];
}
