/** How a pass ends. What is thrown is a bug; it is logged, counted and retried like a failure. */
export type Outcome =
  { kind: 'done' } | { kind: 'requeue'; afterMs: number; why: string } | { kind: 'failed'; error: Error; retry: boolean };

export const DONE: Outcome = { kind: 'done' };
