import { usage } from './resources.ts';

/** A key, an index, `[*]`, or `[?(@.key=="value")]`. */
export type PathStep = { key: string } | { index: number } | 'all' | { filter: { key: string; value: string } };

const STEP = /\.?\['([^']+)'\]|\[(-?\d+)\]|\[\*\]|\[\?\(@\.([\w-]+)\s*==\s*["']([^"']*)["']\)\]|\.?((?:[\w-]|\\.)+)/y;

/** The part of kubectl's JSONPath that selects one field: `{.status.conditions[?(@.type=="Ready")].status}`. */
export function parsePath(text: string): PathStep[] {
  const path = text.replace(/^\{/, '').replace(/\}$/, '');
  const steps: PathStep[] = [];
  STEP.lastIndex = 0;
  let end = 0;
  while (end < path.length) {
    STEP.lastIndex = end;
    const match = STEP.exec(path);
    if (match === null) throw usage(`cannot read the path ${text} at ${JSON.stringify(path.slice(end))}`, "Write it as '{.status.ready}'.");
    steps.push(toStep(match));
    end = STEP.lastIndex;
  }
  return steps;
}

function toStep([, quoted, index, filterKey, filterValue, key]: RegExpExecArray): PathStep {
  if (quoted !== undefined) return { key: quoted };
  if (index !== undefined) return { index: Number(index) };
  if (filterKey !== undefined) return { filter: { key: filterKey, value: filterValue ?? '' } };
  return key === undefined ? 'all' : { key: key.replaceAll(/\\(.)/g, '$1') };
}

/** All values the path leads to; none where it leads nowhere. */
export function lookUp(value: unknown, path: readonly PathStep[]): unknown[] {
  return path
    .reduce<unknown[]>((values, step) => values.flatMap((each) => take(each, step)), [value])
    .filter((each) => each !== undefined && each !== null);
}

function take(value: unknown, step: PathStep): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if (step === 'all') return Object.values(value);
  if ('index' in step) return Array.isArray(value) ? [value.at(step.index)] : [];
  if ('filter' in step) {
    const { key, value: wanted } = step.filter;
    return Object.values(value).filter((each) => lookUp(each, [{ key }]).some((found) => String(found) === wanted));
  }
  return Object.hasOwn(value, step.key) ? [(value as Record<string, unknown>)[step.key]] : [];
}
