import type { Command } from 'commander';
import { ROLLOUT_PAUSED_ANNOTATION } from '../../types/objects.ts';
import { parseTimeout } from '../duration.ts';
import { printLine, type Io } from '../io.ts';
import { shortRef, usage } from '../resources.ts';
import { showHistory, undo } from '../rollout-history.ts';
import { parseService, watchRollout, type ServiceRef } from '../rollout-status.ts';
import { addClientOptions, openSession, type Session } from '../session.ts';

export function define(command: Command, io: Io): void {
  command.usage('status|history|undo|restart|pause|resume service/NAME [flags]').helpCommand(false);
  defineStatus(command, io);
  defineHistory(command, io);
  defineUndo(command, io);
  const verbs = [
    ['restart', 'Replace all tasks, as an update would', restart],
    ['pause', 'Hold the rollout: no further task is replaced', (session: Session, ref: ServiceRef) => hold(session, ref, true)],
    ['resume', 'Let a held rollout go on', (session: Session, ref: ServiceRef) => hold(session, ref, false)],
  ] as const;
  for (const [name, summary, act] of verbs) {
    child(command, name, summary).action(async (words: string[], _flags: object, self: Command) => {
      const session = openSession(self, io);
      await act(session, parseService(words, session));
    });
  }
}

function child(command: Command, name: string, summary: string): Command {
  return addClientOptions(command.command(name).description(summary)).usage('service/NAME [flags]').argument('[resource...]');
}

function defineStatus(command: Command, io: Io): void {
  child(command, 'status', 'Wait for the rollout to end, and tell how; exit code 1 where it failed')
    .option('--no-watch', 'tell once, do not wait')
    .option('--timeout <duration>', 'how long to wait (default: until it ends)', parseTimeout)
    .action(async (words: string[], flags: { watch: boolean; timeout?: number }, self: Command) => {
      const session = openSession(self, io);
      const until = flags.timeout === undefined ? Infinity : io.now() + flags.timeout;
      await watchRollout(session, parseService(words, session), { watch: flags.watch, until });
    });
}

function defineHistory(command: Command, io: Io): void {
  child(command, 'history', 'List the revisions that are kept')
    .option('--revision <n>', 'show what the containers of this revision are made from', parseRevision)
    .action(async (words: string[], flags: { revision?: number }, self: Command) => {
      const session = openSession(self, io);
      await showHistory(session, parseService(words, session), flags.revision);
    });
}

function defineUndo(command: Command, io: Io): void {
  child(command, 'undo', 'Go back to an earlier revision, by the settings of rollback')
    .option('--to-revision <n>', 'which one (default: the previous one)', parseRevision)
    .action(async (words: string[], flags: { toRevision?: number }, self: Command) => {
      const session = openSession(self, io);
      await undo(session, parseService(words, session), flags.toRevision);
    });
}

function parseRevision(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw usage(`${JSON.stringify(text)} is not a revision`, 'Give its number; "dswarm rollout history" lists them.');
}

async function restart(session: Session, ref: ServiceRef): Promise<void> {
  const { spec } = await session.client.get(ref);
  await session.client.patch(ref, { spec: { forceUpdate: spec.forceUpdate + 1 } });
  printLine(session.io, `${shortRef(ref)} restarted`);
}

/** An annotation, so that holding a rollout is no change of the spec and shows in the manifest. */
async function hold(session: Session, ref: ServiceRef, isHeld: boolean): Promise<void> {
  await session.client.patch(ref, { metadata: { annotations: { [ROLLOUT_PAUSED_ANNOTATION]: isHeld ? 'true' : null } } });
  printLine(session.io, `${shortRef(ref)} ${isHeld ? 'paused' : 'resumed'}`);
}
