import type { Command } from 'commander';
import { API_ROOT } from '../../client/client.ts';
import { Exit, printLine, printNote, type Io } from '../io.ts';
import { confirm } from '../prompt.ts';
import { addClientOptions, openSession, type Session } from '../session.ts';

export function define(command: Command, io: Io): void {
  command.usage('confirm NAME [flags]').helpCommand(false);
  const child = command.command('confirm').description('Let a source delete what it holds back');
  addClientOptions(child)
    .usage('NAME [flags]')
    .argument('<name>', 'name of the source; "dswarm get sources" lists them')
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      `
A directory that vanished, became empty, or lost more than half of its objects at once deletes nothing by itself.
This command shows what would be deleted, asks, and lets it happen.`,
    )
    .action(async (name: string, options: { yes?: boolean }, self: Command) => {
      await confirmSource(openSession(self, io), name, options.yes === true);
    });
}

async function confirmSource(session: Session, name: string, yes: boolean): Promise<void> {
  const { io, client } = session;
  const source = await client.get({ kind: 'Source', name });
  const pending = source.status?.pendingDeletes ?? [];
  const token = source.status?.confirmToken;
  if (pending.length === 0 || token === undefined) {
    printLine(io, `source/${name} holds nothing back`);
    return;
  }
  printLine(io, `These ${pending.length} objects are no longer in ${source.spec.path}, and would be deleted with their containers:`);
  for (const key of pending) printLine(io, `  ${key}`);
  const agreed = await confirm(io, { text: 'Delete them?', yes, hint: `Look at the list, then run: dswarm source confirm ${name} --yes` });
  if (!agreed) {
    printNote(io, 'nothing deleted');
    throw new Exit(1);
  }
  // The token names exactly this set: should it change meanwhile, the API refuses.
  await client.call({ method: 'POST', path: `${API_ROOT}/sources/${encodeURIComponent(name)}/confirm`, body: { token } });
  printLine(io, `source/${name} confirmed: ${pending.length} objects go`);
}
