import { setTimeout as sleep } from 'node:timers/promises';
import { DswarmError } from '../errors/error.ts';
import { KINDS } from '../manifest/kinds.ts';
import type { Condition } from '../types/generated.ts';
import type { ObjectRef, StoredService } from '../types/objects.ts';
import { Exit, printLine, printNote } from './io.ts';
import { parseNamed, shortRef, usage } from './resources.ts';
import type { Session } from './session.ts';

export type ServiceRef = ObjectRef & { kind: 'Service' };

const POLL_MS = 100;

/** The one service that a command names. */
export function parseService(words: readonly string[], session: Session): ServiceRef {
  const refs = parseNamed(words, session);
  const [ref] = refs;
  if (refs.length !== 1 || ref === undefined) throw usage('name one service', 'Write service/NAME.');
  const { kind, namespace, name } = ref;
  if (kind !== 'Service') throw usage(`${KINDS[kind].plural} have no rollouts`, 'Services have.');
  return { kind, namespace, name };
}

export interface Verdict {
  /** undefined: it goes on. */
  end?: 'done' | 'failed';
  text: string;
}

/** What kubectl rollout status would say of a service. */
export function judgeRollout(service: StoredService): Verdict {
  const { metadata, status = {} } = service;
  if ((status.observedGeneration ?? 0) < metadata.generation) return { text: 'Waiting for the controller to see the changed spec...' };
  if (status.job !== undefined) return judgeJob(service);
  const state = status.update?.state ?? 'completed';
  const isReady = hasReady(service, ({ status: holds }) => holds === 'True');
  if (isReady && state.endsWith('completed')) return { end: 'done', text: `service "${metadata.name}" successfully rolled out` };
  const isOver = state.endsWith('paused') || hasReady(service, ({ reason }) => reason === 'RolledBack');
  return isOver ? { end: 'failed', text: status.message ?? state } : { text: progressOf(service, isReady) };
}

/** A job has no rollout: what there is to follow is its run. */
function judgeJob({ metadata, status = {} }: StoredService): Verdict {
  const what = `job "${metadata.name}", iteration ${status.job?.iteration ?? 0}`;
  if (status.state === 'Complete') return { end: 'done', text: `${what}: ${status.message ?? ''}` };
  if (status.state === 'Failed') return { end: 'failed', text: `${what}: ${status.message ?? ''}` };
  return { text: `Waiting for ${what}: ${status.message ?? ''}` };
}

function hasReady({ status }: StoredService, test: (ready: Condition) => boolean): boolean {
  return status?.conditions?.some((condition) => condition.type === 'Ready' && test(condition)) === true;
}

function progressOf({ metadata, spec, status = {} }: StoredService, isReady: boolean): string {
  if (spec.suspend) return `Waiting: service "${metadata.name}" is suspended`;
  const what = `Waiting for ${status.update?.state === 'rollback_started' ? 'rollback' : 'rollout'} of "${metadata.name}"`;
  if (isReady) return `${what}: all tasks are updated and ready; watching them for failures`;
  const held = status.update?.held === true ? ' (held: "dswarm rollout resume" lets it go on)' : '';
  return `${what}: ${status.updated ?? 0} of ${status.desired ?? 0} tasks updated, ${status.ready ?? 0} ready${held}`;
}

/** Prints each step once, and ends with the rollout: with exit code 1 where it failed. */
export async function watchRollout(session: Session, ref: ServiceRef, options: { watch: boolean; until: number }): Promise<void> {
  const { io, client } = session;
  for (let said = ''; ;) {
    const verdict = judgeRollout(await client.get(ref));
    if (verdict.end === 'failed') {
      printNote(io, `error: ${verdict.text}`);
      throw new Exit(1);
    }
    if (verdict.text !== said) printLine(io, verdict.text);
    said = verdict.text;
    if (verdict.end === 'done' || !options.watch) return;
    if (io.now() >= options.until) throw new DswarmError('DSW_CLI_TIMEOUT', `timed out waiting for the rollout of ${shortRef(ref)}`);
    await sleep(POLL_MS, undefined, { signal: io.signal });
  }
}
