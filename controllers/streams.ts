import { DswarmError } from '../lib/errors/error.ts';
import type { ExecOptions, ExecSession, LogChunk, LogOptions } from '../lib/ports/docker.ts';
import type { TaskStreams } from '../lib/ports/streams.ts';
import type { Cluster } from '../lib/runtime/cluster.ts';
import type { StoredTask } from '../lib/types/objects.ts';

/** Logs and exec of tasks, through the link of the node that each runs on. */
export function createTaskStreams(cluster: Cluster): TaskStreams {
  return {
    logs: (task: StoredTask, options: LogOptions): AsyncIterable<LogChunk> =>
      cluster.docker(task.spec.node).logs(containerOf(task), options),
    exec: (task: StoredTask, options: ExecOptions): Promise<ExecSession> => cluster.docker(task.spec.node).exec(containerOf(task), options),
  };
}

function containerOf(task: StoredTask): string {
  const id = task.status?.containerId;
  if (id !== undefined) return id;
  throw new DswarmError('DSW_TASK_NO_CONTAINER', `task ${task.metadata.name} has no container yet (${task.status?.state ?? 'Assigned'})`, {
    where: task.spec.node,
  });
}
