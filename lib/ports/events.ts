import type { ObjectRef } from '../types/objects.ts';

/** Tells people what happened to an object; repeated ones are counted, not repeated (Kubernetes events). */
export interface EventSink {
  emit(about: ObjectRef, type: 'Normal' | 'Warning', reason: string, message: string): void;
}

export const noEvents: EventSink = { emit: () => undefined };
