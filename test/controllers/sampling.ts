import type { World } from './harness.ts';

export interface Sample {
  least: number;
  most: number;
  stop: () => void;
}

/** Watches every state that the hosts go through and keeps the fewest and the most running at once. */
export function sample(world: World, isCounted: (node: string) => boolean = () => true): Sample {
  const seen: Sample = { least: Infinity, most: 0, stop: (): void => undefined };
  const look = (): void => {
    const count = world.containers('running').filter(({ node }) => isCounted(node)).length;
    seen.least = Math.min(seen.least, count);
    seen.most = Math.max(seen.most, count);
    seen.stop = world.clock.after(10, look);
  };
  look();
  return seen;
}
