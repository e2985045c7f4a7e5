import type { Condition } from '../types/generated.ts';

/** In the order they are shown. */
const ORDER: readonly Condition['type'][] = [
  'Ready',
  'NetworkReady',
  'Complete',
  'Failed',
  'Progressing',
  'Stalled',
  'DiskPressure',
  'PIDPressure',
];

export interface ConditionInput {
  type: Condition['type'];
  status: Condition['status'];
  reason: string;
  message: string;
}

export interface ConditionContext {
  previous: readonly Condition[] | undefined;
  /** RFC 3339. */
  now: string;
  generation: number;
}

/**
 * The new set of conditions. A transition time moves only when the status does (Kubernetes API conventions); the observed generation
 * is always stamped. What is not given is not there: Progressing and Stalled exist only while they hold, Complete and Failed only for jobs.
 */
export function mergeConditions(inputs: readonly ConditionInput[], context: ConditionContext): Condition[] {
  const merged = inputs.map((input): Condition => {
    const before = context.previous?.find((condition) => condition.type === input.type);
    const lastTransitionTime = before?.status === input.status ? before.lastTransitionTime : context.now;
    return { ...input, lastTransitionTime, observedGeneration: context.generation };
  });
  return merged.sort((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type));
}
