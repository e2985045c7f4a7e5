import type { Command } from 'commander';
import type { NetworkCheck } from '../../client/answers.ts';
import { DswarmError } from '../../errors/error.ts';
import { printLine, type Io } from '../io.ts';
import { addClientOptions, openSession } from '../session.ts';
import { renderTable } from '../table.ts';
import { usage } from '../resources.ts';

export function define(command: Command, io: Io): void {
  command.usage('check [flags]').helpCommand(false);
  addClientOptions(command.command('check').description('Try out the data plane from every node to every other'))
    .option('-o, --output <format>', 'json')
    .option('-q, --quiet', 'print only what is broken')
    .addHelpText(
      'after',
      `
Every node tries the tunnel to every other node, the resolver of each of its networks, virtual addresses of services and their
published ports on all nodes. Exits with 1 where anything is broken.

Examples:
  dswarm net check
  dswarm net check --quiet`,
    )
    .action(async (flags: { output?: string; quiet?: boolean }, self: Command) => {
      if (flags.output !== undefined && flags.output !== 'json')
        throw usage(`unknown output format ${flags.output}`, 'The format is json.');
      const { items } = await openSession(self, io).client.checkNetwork();
      const shown = flags.quiet === true ? items.filter(({ problem }) => problem !== undefined) : items;
      if (flags.output === 'json') io.stdout.write(`${JSON.stringify({ items: shown }, undefined, 4)}\n`);
      else for (const line of checkLines(shown)) printLine(io, line);
      const broken = items.filter(({ problem }) => problem !== undefined).length;
      if (broken > 0) throw new DswarmError('DSW_NETWORK_BROKEN', `${String(broken)} of ${String(items.length)} checks failed`, {});
      if (flags.output !== 'json') printLine(io, `${String(items.length)} tried out, nothing broken`);
    });
}

function checkLines(items: readonly NetworkCheck[]): string[] {
  if (items.length === 0) return [];
  return renderTable(
    ['From', 'To', 'Check', 'What', 'Result'],
    items.map(({ from, to, what, subject, problem }) => [from, to, what, subject, problem ?? 'ok']),
  );
}
