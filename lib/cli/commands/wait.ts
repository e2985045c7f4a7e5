import type { Command } from 'commander';
import type { ObjectRef } from '../../types/objects.ts';
import { refOf } from '../../types/objects.ts';
import { parseTimeout } from '../duration.ts';
import { printLine, type Io } from '../io.ts';
import { listNamed } from '../naming.ts';
import { parseResources, shortRef, usage, toRef } from '../resources.ts';
import { addClientOptions, openSession, type Session } from '../session.ts';
import { parseGoal, reach, type Goal } from '../goals.ts';

interface WaitFlags {
  for: string;
  timeout: number;
  selector?: string;
  all?: boolean;
}

export function define(command: Command, io: Io): void {
  addClientOptions(command)
    .usage('KIND/NAME... | KIND -l SELECTOR | KIND --all --for=GOAL [flags]')
    .argument('[resource...]')
    .requiredOption('--for <goal>', "condition=NAME[=STATUS], jsonpath='{PATH}'=VALUE, create or delete")
    .option('--timeout <duration>', 'how long to wait; 0: look once; negative: a week', parseTimeout, 30_000)
    .option('-l, --selector <selector>', 'label selector')
    .option('--all', 'all objects of the kind in the namespace')
    .option('-A, --all-namespaces', 'with -l or --all: of all namespaces')
    .addHelpText(
      'after',
      `
Examples:
  dswarm wait service/web --for=condition=Ready --timeout=60s
  dswarm wait service/migrate --for=condition=Complete --timeout=10m
  dswarm wait service/web --for=jsonpath='{.status.ready}'=3
  dswarm wait nodes --all --for=condition=Ready`,
    )
    .action(async (words: string[], flags: WaitFlags, self: Command) => {
      const session = openSession(self, io);
      const goal = parseGoal(flags.for);
      const refs = await selectRefs(session, words, { flags, goal });
      const until = io.now() + flags.timeout;
      for (const ref of refs) {
        await reach(session, { ref, goal, until });
        printLine(io, `${shortRef(ref)} condition met`);
      }
    });
}

async function selectRefs(
  session: Session,
  words: readonly string[],
  { flags, goal }: { flags: WaitFlags; goal: Goal },
): Promise<ObjectRef[]> {
  const selections = parseResources(words);
  if (selections.every(({ names }) => names.length > 0)) {
    return selections.flatMap(({ info, names }) => names.map((name) => toRef(info, name, session.namespace)));
  }
  if (flags.selector === undefined && flags.all !== true) throw usage('name objects, or select them with -l or --all', 'Write KIND/NAME.');
  const refs = (await listNamed(session, selections, flags.selector)).map((object) => refOf(object));
  if (refs.length === 0 && goal.type !== 'delete') throw usage('no matching resources found', 'See that -n and -l are right.');
  return refs;
}
