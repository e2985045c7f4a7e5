import { stringify } from 'safe-stable-stringify';

/** Whether two values are the same JSON, whatever the order of their keys. */
export function isSame(a: unknown, b: unknown): boolean {
  return a === b || stringify(a) === stringify(b);
}
