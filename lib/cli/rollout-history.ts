import { ageOf } from '../api/age.ts';
import { templatePatch } from '../rollout/template.ts';
import { ROLLBACK_ANNOTATION, type StoredRevision, type StoredService } from '../types/objects.ts';
import { printLine } from './io.ts';
import { shortRef, usage } from './resources.ts';
import type { ServiceRef } from './rollout-status.ts';
import type { Session } from './session.ts';
import { renderTable } from './table.ts';

async function listRevisions(session: Session, service: StoredService): Promise<StoredRevision[]> {
  const { items } = await session.client.list('Revision', { namespace: service.metadata.namespace });
  const own = items.filter(({ spec }) => spec.service === service.metadata.name && spec.serviceUid === service.metadata.uid);
  return own.sort((a, b) => a.spec.revision - b.spec.revision);
}

function pick(revisions: readonly StoredRevision[], wanted: number, ref: ServiceRef): StoredRevision {
  const found = revisions.find(({ spec }) => spec.revision === wanted);
  if (found !== undefined) return found;
  throw usage(`${shortRef(ref)} has no revision ${wanted}`, `"dswarm rollout history ${shortRef(ref)}" lists those kept.`);
}

export async function showHistory(session: Session, ref: ServiceRef, wanted: number | undefined): Promise<void> {
  const { io } = session;
  const service = await session.client.get(ref);
  const revisions = await listRevisions(session, service);
  if (wanted !== undefined) {
    const { stringify } = await import('./yaml.ts');
    printLine(io, stringify(pick(revisions, wanted, ref).spec.template).trimEnd());
    return;
  }
  const mark = (revision: number): string => {
    if (revision === service.status?.revision) return 'current';
    return revision === service.status?.previousRevision ? 'previous' : '';
  };
  const rows = revisions.map(({ spec, metadata }) => [
    String(spec.revision),
    spec.image,
    ageOf(metadata.creationTimestamp, io.now()),
    mark(spec.revision),
  ]);
  for (const line of renderTable(['Revision', 'Image', 'Age', 'Rollout'], rows)) printLine(io, line);
}

/**
 * Writes an earlier revision's container-shaping fields into the spec, and into the file that owns it. Without a number: the previous one;
 * after an automatic rollback the one that runs. The annotation makes its rollout go by the settings of rollback.
 */
export async function undo(session: Session, ref: ServiceRef, wanted: number | undefined): Promise<void> {
  const service = await session.client.get(ref);
  const revisions = await listRevisions(session, service);
  const number = wanted ?? backFrom(service, revisions);
  if (number === undefined) throw usage(`${shortRef(ref)} has no earlier revision`, 'It was not changed since the first one.');
  const revision = pick(revisions, number, ref).spec;
  const patch = templatePatch(service.spec, revision.template);
  if (Object.keys(patch).length === 0) {
    printLine(session.io, `${shortRef(ref)} skipped rollback (its spec is revision ${number} already)`);
    return;
  }
  await session.client.patch(ref, { metadata: { annotations: { [ROLLBACK_ANNOTATION]: revision.specHash } }, spec: patch });
  printLine(session.io, `${shortRef(ref)} rolled back to revision ${number}`);
}

export function backFrom({ status = {} }: StoredService, revisions: readonly StoredRevision[]): number | undefined {
  const { update, revision, previousRevision, revisions: refs = [] } = status;
  const isRolledBack = update?.failedSpecHash !== undefined && update.failedSpecHash === refs.at(-1)?.specHash;
  return isRolledBack ? revision : (previousRevision ?? revisions.at(-2)?.spec.revision);
}
