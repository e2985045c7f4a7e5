import { isReason } from '../client/status.ts';
import type { StoredTask } from '../types/objects.ts';
import { kindCalled, shortRef, usage } from './resources.ts';
import type { Session } from './session.ts';

/** What `logs` and `exec` name: a service or one task. */
export type Target = { kind: 'Service' | 'Task'; name: string; namespace: string };

/** Reads `NAME`, `service/NAME` or `task/NAME`; a bare name is a service if there is one, else a task. */
export async function findTarget(session: Session, word: string, prefer: 'Service' | 'Task' = 'Service'): Promise<Target> {
  const { namespace } = session;
  if (word.includes('/')) {
    const [type = '', name = ''] = word.split('/', 2);
    const { kind } = kindCalled(type);
    if (kind === 'Service' || kind === 'Task') return { kind, name, namespace };
    throw usage(`${word} has no containers`, 'Name a service or a task.');
  }
  const order = prefer === 'Service' ? (['Service', 'Task'] as const) : (['Task', 'Service'] as const);
  for (const kind of order) {
    const target: Target = { kind, name: word, namespace };
    if (await exists(session, target)) return target;
  }
  throw usage(`there is no service or task ${JSON.stringify(word)} in namespace ${namespace}`, 'See "dswarm get services,tasks -A".');
}

async function exists(session: Session, target: Target): Promise<boolean> {
  try {
    await session.client.get(target);
    return true;
  } catch (error) {
    if (isReason(error, 'NotFound')) return false;
    throw error;
  }
}

/** The task itself, or the first running task of the service. */
export async function pickTask(session: Session, target: Target): Promise<StoredTask> {
  if (target.kind === 'Task') return session.client.get({ ...target, kind: 'Task' });
  const { items } = await session.client.list('Task', { namespace: target.namespace });
  const tasks = items.filter((task) => task.spec.service === target.name);
  const running = tasks.find((task) => task.status?.state === 'Running');
  if (running !== undefined) return running;
  throw usage(`${shortRef(target)} has no running task (${tasks.length} in all)`, `See "dswarm describe ${shortRef(target)}".`);
}
