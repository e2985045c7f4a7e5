import type { Command } from 'commander';
import type { Io } from './io.ts';
import { findNodes } from './node-change.ts';
import { addClientOptions, openSession, type ClientOptions } from './session.ts';
import { addTaskListOptions, checkFormats, printTasks, type TaskListFlags } from './task-listing.ts';

export function definePs(command: Command, io: Io): void {
  addTaskListOptions(addClientOptions(command))
    .usage('[NODE...] [flags]')
    .argument('[node...]')
    .addHelpText(
      'after',
      `
The tasks on nodes (on all, if none is named), of all namespaces unless -n names one.

Examples:
  dswarm node ps h1
  dswarm node ps h1 h2 -f desired-state=running`,
    )
    .action(async (words: string[], flags: TaskListFlags, self: Command) => {
      const session = openSession(self, io);
      checkFormats(flags);
      const { namespace } = self.optsWithGlobals<ClientOptions>();
      const nodes = new Set(words.length === 0 ? [] : (await findNodes(session, words)).map((node) => node.metadata.name));
      const fieldSelector = nodes.size === 1 ? `spec.node=${[...nodes].join('')}` : undefined;
      const tasks = (await session.client.list('Task', { namespace, fieldSelector })).items;
      const shown = nodes.size === 0 ? tasks : tasks.filter((task) => nodes.has(task.spec.node));
      await printTasks(session, { tasks: shown, namespaces: namespace === undefined }, flags);
    });
}
