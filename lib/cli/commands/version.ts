import type { Command } from 'commander';
import manifest from '../../../package.json' with { type: 'json' };
import type { ServerVersion } from '../../client/answers.ts';
import { printFailure } from '../failure.ts';
import { Exit, printLine, type Io } from '../io.ts';
import { parseFormat, toYaml } from '../output.ts';
import { addClientOptions, openSession, type Session } from '../session.ts';

export function define(command: Command, io: Io): void {
  addClientOptions(command)
    .usage('[flags]')
    .option('--client', 'print the version of the client only')
    .option('-o, --output <format>', 'json or yaml')
    .action(async (options: { client?: boolean; output?: string }, self: Command) => {
      const format = parseFormat(options.output);
      const { server, problem } = options.client === true ? {} : await askServer(openSession(self, io));
      if (format === 'json' || format === 'yaml') {
        const value = { clientVersion: { gitVersion: `v${manifest.version}` }, ...(server === undefined ? {} : { serverVersion: server }) };
        io.stdout.write(format === 'json' ? `${JSON.stringify(value, undefined, 2)}\n` : await toYaml(value));
      } else {
        printLine(io, `Client Version: v${manifest.version}`);
        if (server !== undefined) printLine(io, `Server Version: ${server.gitVersion}`);
      }
      if (problem !== undefined) {
        printFailure(io, problem);
        throw new Exit(1);
      }
    });
}

interface Answer {
  server?: ServerVersion;
  problem?: unknown;
}

/** The client's own version is worth printing when there is no controller. */
async function askServer(session: Session): Promise<Answer> {
  try {
    return { server: await session.client.version() };
  } catch (problem) {
    return { problem };
  }
}
