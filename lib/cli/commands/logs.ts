import type { Command } from 'commander';
import type { LogQuery } from '../../client/answers.ts';
import { createLogPrinter } from '../log-lines.ts';
import type { Io } from '../io.ts';
import { parseTimeout } from '../duration.ts';
import { usage } from '../resources.ts';
import { addClientOptions, openSession } from '../session.ts';
import { findTarget } from '../targets.ts';

interface LogFlags {
  follow?: boolean;
  tail?: number;
  since?: number;
  timestamps?: boolean;
  prefix?: boolean;
}

export function define(command: Command, io: Io): void {
  addClientOptions(command)
    .usage('SERVICE|TASK [flags]')
    .argument('<name>', 'service or task: NAME, service/NAME or task/NAME')
    .option('-f, --follow', 'go on as more is printed')
    .option('--tail <lines>', 'lines from the end of each task; -1: all', parseTail)
    .option('--since <duration>', 'no lines older than this, such as 10s or 5m', parseTimeout)
    .option('--timestamps', 'print the time of each line')
    .option('--prefix', 'name the task before each line (default: where there are several)')
    .option('--no-prefix', 'never name the task')
    .action(async (name: string, flags: LogFlags, self: Command) => {
      const session = openSession(self, io);
      const target = await findTarget(session, name);
      const query: LogQuery = {
        follow: flags.follow,
        tailLines: flags.tail === undefined || flags.tail < 0 ? undefined : flags.tail,
        sinceSeconds: flags.since === undefined ? undefined : Math.max(1, Math.ceil(flags.since / 1000)),
        timestamps: flags.timestamps,
        signal: io.signal,
      };
      const printer = createLogPrinter(io, { prefix: flags.prefix ?? target.kind === 'Service' });
      for await (const frame of session.client.logs(target, query)) printer(frame);
    });
}

function parseTail(text: string): number {
  if (/^(-1|\d+|all)$/.test(text)) return text === 'all' ? -1 : Number(text);
  throw usage(`--tail ${text} is not a number of lines`, 'Give a whole number, or -1 for all lines.');
}
