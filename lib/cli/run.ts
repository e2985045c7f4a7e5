import { CommanderError } from 'commander';
import { printFailure } from './failure.ts';
import { Exit, type Io } from './io.ts';
import { buildProgram } from './program.ts';

/** Runs one command line (without `node` and the script) and resolves with its exit code. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const program = buildProgram(io);
  if (argv.length === 0) {
    program.command.outputHelp();
    return 0;
  }
  try {
    await program.command.parseAsync(withoutHelpWord(argv), { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof Exit) return error.code;
    const code = program.called()?.failureCode ?? 1;
    // Commander has told its errors already; help and version end as errors with code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : code;
    printFailure(io, error);
    return code;
  }
}

/** `help get` is `get --help`. */
function withoutHelpWord(argv: readonly string[]): string[] {
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : [...argv];
}
