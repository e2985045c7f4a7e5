import { setTimeout as sleep } from 'node:timers/promises';
import { DswarmError } from '../errors/error.ts';
import { isRetired } from '../history/retire.ts';
import { isReason } from '../client/status.ts';
import type { AnyStored, ObjectRef } from '../types/objects.ts';
import { printNote } from './io.ts';
import { shortRef } from './resources.ts';
import type { Session } from './session.ts';

const POLL_MS = 200;
/** After so long a person is told what is waited for. */
const PATIENCE_MS = 2_000;

/** Resolves when the objects and the tasks of services are gone. A service made anew under the name counts as gone too. */
export async function waitUntilGone(session: Session, refs: readonly ObjectRef[], timeoutMs: number): Promise<void> {
  const until = timeoutMs === 0 ? Infinity : session.io.now() + timeoutMs;
  for (const ref of refs) {
    const uid = await uidOf(session, ref);
    const tellAt = session.io.now() + PATIENCE_MS;
    let isTold = false;
    while (await isThere(session, ref, uid)) {
      if (!isTold && session.io.now() >= tellAt) {
        printNote(session.io, `waiting until ${shortRef(ref)} is gone${await reasonOf(session, ref)}`);
        isTold = true;
      }
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

async function reasonOf(session: Session, ref: ObjectRef): Promise<string> {
  const found = await find(session, ref);
  const status = found !== undefined && 'status' in found ? found.status : undefined;
  return status !== undefined && 'message' in status && status.message !== undefined ? `: ${status.message}` : '';
}

export async function uidOf(session: Session, ref: ObjectRef): Promise<string | undefined> {
  return (await find(session, ref))?.metadata.uid;
}

async function find(session: Session, ref: ObjectRef): Promise<AnyStored | undefined> {
  try {
    return await session.client.get(ref);
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined;
    throw error;
  }
}
