import { hasCode } from '../errors/error.ts';
import type { StoreEvent } from '../ports/store.ts';
import type { ApiDeps } from './deps.ts';
import { represent, representBookmark, type Representation } from './representation.ts';
import { isTrue, select, type ListQuery, type Selection } from './selection.ts';
import { badRequest, failure, statusOf } from './status.ts';
import type { LineStream } from './streams.ts';
import { selectEvent } from './watch-event.ts';

const BOOKMARK_MS = 60_000;
/** Kubernetes ends a watch after 30 to 60 minutes: clients must be able to resume anyway. */
const MIN_TIMEOUT_MS = 30 * 60_000;

export interface WatchRequest {
  selection: Selection;
  query: ListQuery;
  as: Representation;
}

/** Throws before the stream is opened if the request makes no sense. */
export function checkWatch(query: ListQuery): void {
  revisionOf(query.resourceVersion);
  timeoutOf(query.timeoutSeconds, 0);
}

/** Tells every change of what is selected, one JSON object a line, until the client leaves or the time is up. */
export function serveWatch(deps: ApiDeps, request: WatchRequest, stream: LineStream): void {
  const { selection, query } = request;
  const as = (): Representation & { now: number } => ({ ...request.as, now: deps.clock.now() });
  let revision = revisionOf(query.resourceVersion);
  const bookmark = (initial: boolean): boolean =>
    stream.write({ type: 'BOOKMARK', object: representBookmark(selection.resource, revision, { ...as(), initial }) });
  const told = (event: StoreEvent): void => {
    revision = event.revision;
    const selected = selectEvent(event, selection.matches);
    if (selected !== undefined) stream.write({ type: selected.type, object: represent(selection.resource, selected.object, as()) });
  };

  if (revision === 0 || isTrue(query.sendInitialEvents)) {
    const snapshot = deps.store.snapshot();
    revision = snapshot.revision;
    for (const object of select(snapshot, selection)) stream.write({ type: 'ADDED', object: represent(selection.resource, object, as()) });
    if (isTrue(query.sendInitialEvents)) bookmark(true);
  }
  const changes = deps.store.watch(revision).subscribe({
    next: told,
    error: (error: unknown) => {
      stream.write({ type: 'ERROR', object: errorStatus(deps, error) });
      stream.end();
    },
    complete: () => stream.end(),
  });
  const stopBookmarks = isTrue(query.allowWatchBookmarks) ? every(deps, BOOKMARK_MS, () => bookmark(false)) : (): void => undefined;
  const stopTimeout = deps.clock.after(timeoutOf(query.timeoutSeconds, deps.ids.random()), () => stream.end());
  stream.onEnd(() => {
    changes.unsubscribe();
    stopBookmarks();
    stopTimeout();
  });
}

function errorStatus(deps: ApiDeps, error: unknown): object {
  if (hasCode(error, 'DSW_STORE_EXPIRED')) return statusOf(error);
  deps.log.error({ error }, 'a watch failed');
  return failure(500, 'InternalError', 'the watch failed; see the log of the controller');
}

function every(deps: ApiDeps, ms: number, call: () => void): () => void {
  let cancel = (): void => undefined;
  const arm = (): void => {
    cancel = deps.clock.after(ms, () => {
      call();
      arm();
    });
  };
  arm();
  return () => cancel();
}

/** 0: from now on, after all there is. */
function revisionOf(text: string | undefined): number {
  const revision = Number(text === undefined || text === '' ? 0 : text);
  if (!Number.isSafeInteger(revision) || revision < 0)
    throw badRequest(`resourceVersion must be one that a list gave, found "${text ?? ''}"`);
  return revision;
}

function timeoutOf(text: string | undefined, random: number): number {
  if (text === undefined || text === '') return MIN_TIMEOUT_MS * (1 + random);
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 0) throw badRequest(`timeoutSeconds must be a whole number from 0, found "${text}"`);
  return seconds === 0 ? MIN_TIMEOUT_MS * (1 + random) : seconds * 1000;
}
