import { setTimeout as sleep } from 'node:timers/promises';
import type { WatchEvent } from './answers.ts';
import { StatusError, type Status } from './status.ts';

const RECONNECT_MS = 250;

export interface Watching<T> {
  resourceVersion: string;
  open: (resourceVersion: string) => AsyncIterable<WatchEvent<T>>;
  revisionOf: (object: T) => string | undefined;
  signal: AbortSignal;
}

/** Events without end: a watch that the server ends is opened anew where it stood. Throws what the server reports as an error. */
export async function* watchOn<T>(watching: Watching<T>): AsyncGenerator<WatchEvent<T>> {
  let { resourceVersion } = watching;
  while (!watching.signal.aborted) {
    for await (const event of watching.open(resourceVersion)) {
      if (event.type === 'ERROR') throw new StatusError(event.object as unknown as Status);
      resourceVersion = watching.revisionOf(event.object) ?? resourceVersion;
      if (event.type !== 'BOOKMARK') yield event;
    }
    if (!watching.signal.aborted) await sleep(RECONNECT_MS, undefined, { signal: watching.signal }).catch(ignoreAbort);
  }
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
}
