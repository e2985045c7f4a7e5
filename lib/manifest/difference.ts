import type { JsonObject, JsonValue } from '../types/objects.ts';
import { isObject } from './parse.ts';
import { sameJson } from '../types/same-json.ts';

/** A value to set at a path, or (undefined) to remove from there. Lists are changed as a whole unless as long as before. */
export interface Difference {
  path: (string | number)[];
  value: JsonValue | undefined;
}

export function findDifferences(before: JsonValue | undefined, after: JsonValue | undefined, path: (string | number)[] = []): Difference[] {
  if (sameJson(before, after)) return [];
  if (isObject(before) && isObject(after) && Object.keys(after).length > 0) return differInMaps(before, after, path);
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((item, index) => findDifferences(item, after[index], [...path, index]));
  }
  return [{ path, value: after }];
}

function differInMaps(before: JsonObject, after: JsonObject, path: (string | number)[]): Difference[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => findDifferences(before[key], after[key], [...path, key]));
}

/** What stands at a path. */
export function valueAt(value: JsonValue | undefined, path: readonly (string | number)[]): JsonValue | undefined {
  let found = value;
  for (const step of path) {
    if (Array.isArray(found)) found = found[step as number];
    else if (isObject(found) && Object.hasOwn(found, step)) found = found[step];
    else return undefined;
  }
  return found;
}
