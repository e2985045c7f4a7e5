import type { StoredTask } from '../types/objects.ts';
import { usage } from './resources.ts';
import { slotName } from './task-rows.ts';

type Test = (task: StoredTask, value: string) => boolean;

const DESIRED: readonly string[] = ['ready', 'running', 'complete', 'shutdown'];

/** As Docker Swarm has them: ids and names by their beginning, nodes by name. */
const TESTS: Readonly<Record<string, Test>> = {
  id: ({ metadata }, value) => metadata.name.startsWith(value) || metadata.name.slice(metadata.name.lastIndexOf('.') + 1).startsWith(value),
  name: (task, value) => slotName(task).startsWith(value),
  node: ({ spec }, value) => spec.node === value,
  'desired-state': ({ status }, value) => (status?.desiredState ?? 'Running').toLowerCase() === value.toLowerCase(),
};

export const FILTER_KEYS: readonly string[] = Object.keys(TESTS);

/** What --format takes. */
export const LIST_FORMATS: readonly string[] = ['table', 'json'];

export type TaskFilter = Readonly<Record<string, readonly string[]>>;

/** Takes one more `KEY=VALUE`; several values of one key are alternatives. */
export function addFilter(text: string, filters: TaskFilter): TaskFilter {
  const at = text.indexOf('=');
  const [key, value] = [text.slice(0, at), text.slice(at + 1)];
  if (at <= 0 || value === '') throw usage(`--filter ${text} is not KEY=VALUE`, `The keys are ${FILTER_KEYS.join(', ')}.`);
  if (!Object.hasOwn(TESTS, key)) throw usage(`there is no filter ${JSON.stringify(key)}`, `The keys are ${FILTER_KEYS.join(', ')}.`);
  if (key === 'desired-state' && !DESIRED.includes(value.toLowerCase()))
    throw usage(`${JSON.stringify(value)} is no desired state`, `They are ${DESIRED.join(', ')}.`);
  return { ...filters, [key]: [...(filters[key] ?? []), value] };
}

export function matchesFilter(task: StoredTask, filters: TaskFilter): boolean {
  return Object.entries(filters).every(([key, values]) => values.some((value) => TESTS[key]?.(task, value) === true));
}
