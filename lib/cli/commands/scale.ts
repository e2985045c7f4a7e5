import type { Command } from 'commander';
import { KINDS } from '../../manifest/kinds.ts';
import { printLine, type Io } from '../io.ts';
import { parseNamed, shortRef, usage } from '../resources.ts';
import { addClientOptions, openSession } from '../session.ts';

export function define(command: Command, io: Io): void {
  addClientOptions(command)
    .usage('KIND/NAME... --replicas N [flags]')
    .argument('[resource...]')
    .requiredOption('--replicas <n>', 'how many tasks are to run', parseReplicas)
    .addHelpText('after', '\nExamples:\n  dswarm scale service/web --replicas 5')
    .action(async (words: string[], options: { replicas: number }, self: Command) => {
      const session = openSession(self, io);
      const refs = parseNamed(words, session);
      const fixed = refs.find((ref) => !KINDS[ref.kind].subresources.includes('scale'));
      if (fixed !== undefined) throw usage(`${KINDS[fixed.kind].plural} cannot be scaled`, 'Services can.');
      for (const ref of refs) {
        await session.client.patch(ref, { spec: { replicas: options.replicas } }, { subresource: 'scale' });
        printLine(io, `${shortRef(ref)} scaled`);
      }
    });
}

function parseReplicas(text: string): number {
  const replicas = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(replicas)) return replicas;
  throw usage(`--replicas ${text} is not a number of tasks`, 'Give a whole number, 0 or more.');
}
