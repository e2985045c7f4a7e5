/** Nodes x tasks of SwarmKit's own benchmark (manager/scheduler/scheduler_test.go, BenchmarkScheduler*). */
export interface Shape {
  nodes: number;
  tasks: number;
  /** Tasks may run on one node in three only. */
  constrained: boolean;
}

const shape = (nodes: number, tasks: number, constrained = false): Shape => ({ nodes, tasks, constrained });

export const SHAPES: readonly Shape[] = [
  shape(1_000, 1_000),
  shape(1_000, 10_000),
  shape(1_000, 100_000),
  shape(100_000, 1_000),
  shape(100_000, 100_000),
  shape(100_000, 1_000_000),
  shape(1_000, 1_000, true),
  shape(1_000, 10_000, true),
  shape(1_000, 100_000, true),
  shape(5_000, 100_000, true),
];

const short = (count: number): string => (count >= 1e6 ? `${count / 1e6}M` : `${count / 1e3}k`);

export function nameOf({ nodes, tasks, constrained }: Shape): string {
  return `${short(nodes)} x ${short(tasks)}${constrained ? ' constrained' : ''}`;
}
