import type { Chain, Step } from './step.ts';

/** Why the last chain of a slot failed. */
export interface SlotProblem {
  message: string;
  /** In one word, as the kubelet says it; undefined: it has none for it. */
  reason: string | undefined;
  /** Name of the Task object that the failed step was for. */
  task: string | undefined;
  /** Trying again does not mend it by itself. */
  isLasting: boolean;
}

/** The task that a step is for; a pull or a network is for the one that the chain makes. */
export function taskOfStep(step: Step | undefined, { steps }: Chain): string | undefined {
  if (step === undefined) return undefined;
  if (step.op === 'create') return step.task.name;
  if (step.op !== 'pull' && step.op !== 'network') return step.task;
  return steps.flatMap((other) => (other.op === 'create' ? [other.task.name] : []))[0];
}
