import type { Command } from 'commander';
import { isReason } from '../../client/status.ts';
import type { StoredService, StoredTask } from '../../types/objects.ts';
import { printFailure } from '../failure.ts';
import { Exit, printNote, type Io } from '../io.ts';
import { kindCalled, shortRef, usage } from '../resources.ts';
import { addClientOptions, openSession, type Session } from '../session.ts';
import { addTaskListOptions, checkFormats, printTasks, type TaskListFlags } from '../task-listing.ts';

export function define(command: Command, io: Io): void {
  addTaskListOptions(addClientOptions(command))
    .usage('[SERVICE...] [flags]')
    .argument('[service...]')
    .option('-A, --all-namespaces', 'list the tasks of all namespaces')
    .addHelpText(
      'after',
      `
The tasks of services (of all in the namespace, if none is named), slot by slot, the newest first; below it those that it replaced.
The ID is the task's name, which get, describe, logs and exec take.

Examples:
  dswarm ps web                             # what runs, and what ran before it
  dswarm ps -A -f desired-state=running     # what is to run, in all namespaces
  dswarm ps web --no-trunc                  # errors in full
  dswarm logs "$(dswarm ps web -q -f desired-state=shutdown | head -1)"`,
    )
    .action(async (words: string[], flags: TaskListFlags, self: Command) => {
      const session = openSession(self, io);
      checkFormats(flags);
      const { services, problems } = await findServices(session, words);
      const tasks = words.length > 0 && services.length === 0 ? [] : await tasksOf(session, words.length > 0 ? services : undefined);
      if (words.length === 0 || services.length > 0)
        await printTasks(session, { tasks, namespaces: session.listNamespace === undefined }, flags);
      if (isTable(flags)) for (const service of services) tellMissing(io, service);
      for (const problem of problems) printFailure(io, problem);
      if (problems.length > 0) throw new Exit(1);
    });
}

/** Those named, or all; a name that does not exist does not keep the others from being shown. */
async function findServices(session: Session, words: readonly string[]): Promise<{ services: StoredService[]; problems: unknown[] }> {
  const problems: unknown[] = [];
  if (words.length === 0) return { services: (await session.client.list('Service', { namespace: session.listNamespace })).items, problems };
  if (session.listNamespace === undefined) throw usage('a service cannot be named across all namespaces', 'Leave out -A, or the names.');
  const services: StoredService[] = [];
  for (const name of new Set(words.map(serviceName))) {
    try {
      services.push(await session.client.get({ kind: 'Service', namespace: session.namespace, name }));
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
      problems.push(error);
    }
  }
  return { services, problems };
}

/** `web`, `service/web` or `svc/web`. */
function serviceName(word: string): string {
  const [kind = '', name] = word.split('/', 2);
  if (name === undefined) return word;
  if (kindCalled(kind).kind === 'Service' && name !== '') return name;
  throw usage(`${word} is not a service`, 'Write its name, or service/NAME.');
}

/** Undefined: of all services, and of those that are gone while their tasks stop. */
async function tasksOf(session: Session, services: readonly StoredService[] | undefined): Promise<StoredTask[]> {
  const names = new Set(services?.map((service) => service.metadata.name));
  const fieldSelector = names.size === 1 ? `spec.service=${[...names].join('')}` : undefined;
  const { items } = await session.client.list('Task', { namespace: session.listNamespace, fieldSelector });
  return services === undefined ? items : items.filter((task) => names.has(task.spec.service));
}

const isTable = ({ quiet, format, output }: TaskListFlags): boolean =>
  quiet !== true && format !== 'json' && (output === undefined || output === 'wide');

/** A task that no node can take has no Task object: what is missing, and why, stands in the service. */
function tellMissing(io: Io, { metadata, status }: StoredService): void {
  const { desired = 0, ready = 0, state = '', message = '' } = status ?? {};
  if (state !== '' && state !== 'Ready' && ready < desired)
    printNote(io, `${shortRef({ kind: 'Service', name: metadata.name })}: ${state}: ${message}`);
}
