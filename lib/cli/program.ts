import { Command, Help } from 'commander';
import { CATALOG, findEntry, type Entry } from './catalog.ts';
import { addClientOptions, GLOBAL_FLAGS } from './session.ts';
import type { Io } from './io.ts';

const EXAMPLES = `
Examples:
  # Run the controller on a directory of manifests
  dswarm controller --manifests ./manifests

  # Add a Docker host: fetches its host key, checks the host, writes its manifest
  dswarm node add root@192.0.2.11 --name h1

  # See what a change would do, and do it
  dswarm diff -f web.yaml
  dswarm apply -f web.yaml

  # See what runs
  dswarm get nodes,services
  dswarm ps
  dswarm logs web -f

Use "dswarm COMMAND --help" for more about a command.`;

export interface Program {
  command: Command;
  /** The command that was called, once parsing has found it. */
  called(): Entry | undefined;
}

/** The commands by name and summary; the one that is called gets its options and action from its own file. */
export function buildProgram(io: Io): Program {
  let called: Entry | undefined;
  const program = new Command('dswarm')
    .description('Runs containers on plain Docker hosts as manifests say, and keeps them running.')
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride()
    .helpCommand(false)
    .helpOption('-h, --help', 'show help')
    .configureHelp({ visibleOptions: () => [] })
    .usage('COMMAND [flags]')
    .addHelpText('after', EXAMPLES)
    .hook('preSubcommand', async (_, subcommand) => {
      called = findEntry(subcommand.name());
      await loadCommand(subcommand, io);
    });
  addClientOptions(program);
  for (const entry of CATALOG) program.addCommand(placeholder(entry, program), { hidden: entry.hidden === true });
  return { command: program, called: () => called };
}

/** Gives a command of the catalogue its options and action. */
export async function loadCommand(command: Command, io: Io): Promise<void> {
  const entry = findEntry(command.name());
  if (entry !== undefined) (await entry.load()).define(command, io);
}

function placeholder(entry: Entry, program: Command): Command {
  return new Command(entry.name)
    .copyInheritedSettings(program)
    .configureHelp({ visibleOptions, groupItems })
    .description(entry.summary)
    .optionsGroup('Flags:')
    .aliases(entry.aliases ?? [])
    .helpGroup(entry.group)
    .helpOption('-h, --help', 'show help');
}

/** Global flags stand last, though they are defined first. */
function groupItems<T extends Command | Command['options'][number]>(
  unsorted: T[],
  visible: T[],
  groupOf: (item: T) => string,
): Map<string, T[]> {
  const groups = new Help().groupItems(unsorted, visible, groupOf);
  const global = groups.get(GLOBAL_FLAGS);
  if (global !== undefined && groups.delete(GLOBAL_FLAGS)) groups.set(GLOBAL_FLAGS, global);
  return groups;
}

/** All options but -h, which the footer of the program's help names. */
function visibleOptions(command: Command): Command['options'][number][] {
  return command.options.filter((option) => !option.hidden);
}
