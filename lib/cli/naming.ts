import type { AnyStored } from '../types/objects.ts';
import { toRef, type Selection } from './resources.ts';
import type { Session } from './session.ts';

/** The objects of selections: those named (a missing one is an error), else all that a label selector leaves. */
export async function listNamed(session: Session, selections: readonly Selection[], labelSelector?: string): Promise<AnyStored[]> {
  const objects: AnyStored[] = [];
  for (const { info, names } of selections) {
    for (const name of names) objects.push(await session.client.get(toRef(info, name, session.namespace)));
    if (names.length > 0) continue;
    const namespace = info.scope === 'Cluster' ? undefined : session.listNamespace;
    const { items } = await session.client.list(info.kind, { namespace, labelSelector });
    objects.push(...items.map((item) => ({ ...item, kind: info.kind }) as AnyStored));
  }
  return objects;
}
