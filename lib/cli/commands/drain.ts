import type { Command } from 'commander';
import { parseTimeout } from '../duration.ts';
import type { Io } from '../io.ts';
import { changeNode, DRAIN, findNodes } from '../node-change.ts';
import { waitUntilDrained } from '../node-tasks.ts';
import { addClientOptions, openSession } from '../session.ts';

export function define(command: Command, io: Io): void {
  addClientOptions(command)
    .usage('NODE... [flags]')
    .argument('[node...]')
    .option('--timeout <duration>', 'how long to wait; 0: without end', parseTimeout, 0)
    .addHelpText(
      'after',
      `
Sets availability: drain, and waits until no task is left there. Each task's replacement is ready on another node before the task
stops, as many at a time as update.parallelism says. What can go nowhere else stays and says why. Containers that are not
dswarm's are left alone. "dswarm uncordon NODE" takes it back.

Examples:
  dswarm drain h2
  dswarm drain h2 --timeout 5m`,
    )
    .action(async (names: string[], flags: { timeout: number }, self: Command) => {
      const session = openSession(self, io);
      const nodes = await findNodes(session, names);
      for (const node of nodes) await changeNode(session, node, DRAIN);
      for (const node of nodes) await waitUntilDrained(session, node.metadata.name, flags.timeout);
    });
}
