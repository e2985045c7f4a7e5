/** One row of docs/faults.md: what can go wrong, and what is to happen. */
export interface Fault {
  number: number;
  input: string;
  expected: string;
  /** Why no test of its own cites the row yet: what it is about does not exist, or where else it is held. */
  reason?: string;
}

export const fault = (number: number, input: string, expected: string, reason?: string): Fault => ({
  number,
  input,
  expected,
  ...(reason === undefined ? {} : { reason }),
});
