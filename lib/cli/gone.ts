import { setTimeout as sleep } from 'node:timers/promises';
import { DswarmError } from '../errors/error.ts';
import { isRetired } from '../history/retire.ts';
import { isReason } from '../client/status.ts';
import type { ObjectRef } from '../types/objects.ts';
import { shortRef } from './resources.ts';
import type { Session } from './session.ts';

const POLL_MS = 200;

/** Resolves when the objects and the tasks of services are gone. A service made anew under the name counts as gone too. */
export async function waitUntilGone(session: Session, refs: readonly ObjectRef[], timeoutMs: number): Promise<void> {
  const until = timeoutMs === 0 ? Infinity : session.io.now() + timeoutMs;
  for (const ref of refs) {
    const uid = await uidOf(session, ref);
    while (await isThere(session, ref, uid)) {
      if (session.io.now() >= until) throw new DswarmError('DSW_CLI_TIMEOUT', `timed out waiting for ${shortRef(ref)} to go`);
      await sleep(POLL_MS, undefined, { signal: session.io.signal });
    }
  }
}

async function isThere(session: Session, ref: ObjectRef, uid: string | undefined): Promise<boolean> {
  const now = await uidOf(session, ref);
  if (now !== undefined && now === uid) return true;
  if (ref.kind !== 'Service') return false;
  const { items } = await session.client.list('Task', { namespace: ref.namespace });
  return items.some((task) => task.spec.service === ref.name && task.spec.serviceUid !== now && !isRetired(task));
}

export async function uidOf(session: Session, ref: ObjectRef): Promise<string | undefined> {
  try {
    return (await session.client.get(ref)).metadata.uid;
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined;
    throw error;
  }
}
