import type { Command } from 'commander';
import { printLine, type Io } from './io.ts';
import { findNodes } from './node-change.ts';
import { tasksOn } from './node-tasks.ts';
import { usage } from './resources.ts';
import { addClientOptions, openSession, type Session } from './session.ts';

export function defineRemove(command: Command, io: Io): void {
  addClientOptions(command)
    .usage('NODE... [flags]')
    .argument('[node...]')
    .option('-f, --force', 'although tasks run there: their containers are left running, their slots are filled elsewhere')
    .action(async (names: string[], flags: { force?: boolean }, self: Command) => {
      const session = openSession(self, io);
      const nodes = await findNodes(session, names);
      if (flags.force !== true) for (const node of nodes) await refuseWithTasks(session, node.metadata.name);
      for (const { metadata } of nodes) {
        await session.client.delete({ kind: 'Node', name: metadata.name });
        printLine(io, `node/${metadata.name} removed`);
      }
    });
}

async function refuseWithTasks(session: Session, name: string): Promise<void> {
  const tasks = await tasksOn(session, name);
  if (tasks.length === 0) return;
  const names = tasks.map((task) => `${task.metadata.namespace ?? 'default'}/${task.metadata.name}`).sort();
  throw usage(
    `node/${name} still has ${tasks.length === 1 ? '1 task' : `${tasks.length} tasks`}: ${names.join(', ')}`,
    `Drain it first ("dswarm drain ${name}"), or give --force: its containers are then left running, and their slots are filled elsewhere.`,
  );
}
