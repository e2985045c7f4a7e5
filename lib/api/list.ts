import { refOf, type AnyStored } from '../types/objects.ts';
import type { ApiDeps } from './deps.ts';
import { representList, type ListMeta, type Representation } from './representation.ts';
import { select, type ListQuery, type Selection } from './selection.ts';
import { badRequest } from './status.ts';

/** Where a list in parts goes on: after which object, and at which revision the first part was. */
interface Continuation {
  revision: string;
  after: string;
}

/**
 * All that is selected, or one part of it. A later part is of the objects as they are then; its resourceVersion is that of the first
 * part, so that a watch from there tells what changed between.
 */
export function answerList(deps: ApiDeps, request: { selection: Selection; query: ListQuery; as: Representation }): object {
  const { selection, query } = request;
  const snapshot = deps.store.snapshot();
  const from = query.continue ? decodeContinue(query.continue) : undefined;
  const selected = select(snapshot, selection).filter((object) => from === undefined || positionOf(object) > from.after);
  const limit = limitOf(query.limit);
  const shown = selected.slice(0, limit);
  const metadata: ListMeta = { resourceVersion: from?.revision ?? String(snapshot.revision) };
  const last = shown.at(-1);
  if (last !== undefined && shown.length < selected.length) {
    metadata.continue = encodeContinue({ revision: metadata.resourceVersion, after: positionOf(last) });
    metadata.remainingItemCount = selected.length - shown.length;
  }
  return representList(selection.resource, shown, { ...request.as, now: deps.clock.now(), metadata });
}

/** Sorts as the store does. */
function positionOf(object: AnyStored): string {
  const { namespace, name } = refOf(object);
  return `${namespace ?? ''}\0${name}`;
}

function limitOf(text: string | undefined): number {
  const limit = Number(text ?? 0);
  if (!Number.isInteger(limit) || limit < 0) throw badRequest(`limit must be a whole number from 0, found "${text ?? ''}"`);
  return limit === 0 ? Number.POSITIVE_INFINITY : limit;
}

function encodeContinue(value: Continuation): string {
  return Buffer.from(JSON.stringify([value.revision, value.after])).toString('base64url');
}

function decodeContinue(token: string): Continuation {
  const text = Buffer.from(token, 'base64url').toString();
  const match = /^\["(\d+)",("(?:[^"\\]|\\.)*")\]$/.exec(text);
  if (match === null) throw badRequest('the continue token is not one that a list gave');
  return { revision: match[1] ?? '', after: JSON.parse(match[2] ?? '""') as string };
}
