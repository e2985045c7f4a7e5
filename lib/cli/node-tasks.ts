import { setTimeout as sleep } from 'node:timers/promises';
import { DswarmError } from '../errors/error.ts';
import { isRetired } from '../history/retire.ts';
import type { StoredTask } from '../types/objects.ts';
import { printLine, printNote } from './io.ts';
import type { Session } from './session.ts';

const POLL_MS = 200;

/**
 * Tasks that a node still has to answer for. Those that run elsewhere since the node was lost are not among them, nor those of jobs that
 * have ended there.
 */
export async function tasksOn(session: Session, node: string): Promise<StoredTask[]> {
  const { items } = await session.client.list('Task');
  return items.filter((task) => task.spec.node === node && task.status?.state !== 'Orphaned' && !isRetired(task) && !hasEnded(task));
}

const hasEnded = ({ spec, status }: StoredTask): boolean =>
  spec.iteration !== undefined && (status?.state === 'Complete' || status?.state === 'Failed');

/** Waits until no task is left there, and tells how far it is. */
export async function waitUntilDrained(session: Session, node: string, timeoutMs: number): Promise<void> {
  const until = timeoutMs === 0 ? Infinity : session.io.now() + timeoutMs;
  const told = new Set<string>();
  const tell = (line: string): void => {
    if (told.has(line)) return;
    told.add(line);
    printNote(session.io, line);
  };
  for (let left = await tasksOn(session, node); left.length > 0; left = await tasksOn(session, node)) {
    tell(`node/${node}: ${left.length === 1 ? '1 task' : `${left.length} tasks`} left`);
    for (const task of left) if (task.status?.message !== undefined) tell(`task/${task.metadata.name}: ${task.status.message}`);
    if (session.io.now() >= until) throw outOfTime(node, left);
    await sleep(POLL_MS, undefined, { signal: session.io.signal });
  }
  printLine(session.io, `node/${node} drained`);
}

function outOfTime(node: string, left: readonly StoredTask[]): DswarmError {
  const names = left.map((task) => task.metadata.name).join(', ');
  return new DswarmError('DSW_CLI_TIMEOUT', `timed out draining node/${node}; still there: ${names}`, {
    hint: 'The drain goes on; run the command again to wait for it, or "dswarm uncordon" to take it back.',
  });
}
