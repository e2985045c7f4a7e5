import type { Command } from 'commander';
import { describeObject } from '../description.ts';
import { printLine, type Io } from '../io.ts';
import { listNamed } from '../naming.ts';
import { printNothingFound } from '../listing.ts';
import { parseResources } from '../resources.ts';
import { addClientOptions, openSession } from '../session.ts';

export function define(command: Command, io: Io): void {
  addClientOptions(command)
    .usage('KIND [NAME...] | KIND/NAME... [flags]')
    .argument('[resource...]')
    .option('-l, --selector <selector>', 'label selector')
    .option('-A, --all-namespaces', 'describe the objects of all namespaces')
    .addHelpText('after', '\nExamples:\n  dswarm describe service/web\n  dswarm describe nodes')
    .action(async (words: string[], options: { selector?: string }, self: Command) => {
      const session = openSession(self, io);
      const selections = parseResources(words);
      const objects = await listNamed(session, selections, options.selector);
      if (objects.length === 0) printNothingFound(session, selections);
      for (const [index, object] of objects.entries()) {
        if (index > 0) io.stdout.write('\n\n');
        for (const line of await describeObject(session, object)) printLine(io, line);
      }
    });
}
