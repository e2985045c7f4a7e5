import { endedWell, endOf, type TaskView } from './task-view.ts';

/** What happened to a task, from the engine's own words; undefined: nothing to tell. */
export function messageOf(task: TaskView): string | undefined {
  // Swarm's words for it, which its users search for.
  if (task.phase === 'unhealthy') return 'unhealthy container: the healthcheck fails';
  if (task.phase === 'gone') return goneMessage(task);
  if (task.container?.silent === true) return 'the engine does not answer when it is asked about the container';
  const code = task.container?.exitCode ?? 'unknown';
  if (task.container?.oomKilled === true) return `ran out of memory (exit code ${code})`;
  return task.phase === 'restarting' || task.phase === 'failed' ? `exited with code ${code}` : undefined;
}

function goneMessage({ record }: TaskView): string | undefined {
  return endOf(record) !== undefined ? record?.status?.message : 'the container was removed by somebody else';
}

const UP: ReadonlySet<TaskView['phase']> = new Set(['starting', 'running']);

/** The same in one word, as Kubernetes says it. */
export function reasonOf(task: TaskView): string | undefined {
  if (UP.has(task.phase)) return undefined;
  if (task.container?.oomKilled === true) return 'OOMKilled';
  if (task.phase === 'unhealthy') return 'Unhealthy';
  if (task.phase !== 'failed' && task.phase !== 'complete') return undefined;
  return endedWell(task) ? 'Completed' : 'Error';
}
