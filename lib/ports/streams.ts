import type { StoredTask } from '../types/objects.ts';
import type { ExecOptions, ExecSession, LogChunk, LogOptions } from './docker.ts';

/** Reaches into the containers of tasks, wherever they run. Rejects with DSW_HOST_UNREACHABLE where the node does not answer. */
export interface TaskStreams {
  logs(task: StoredTask, options: LogOptions): AsyncIterable<LogChunk>;
  exec(task: StoredTask, options: ExecOptions): Promise<ExecSession>;
}
