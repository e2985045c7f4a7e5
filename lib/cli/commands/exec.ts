import type { Command } from 'commander';
import { execute, type Execution } from '../../client/exec.ts';
import { refOf } from '../../types/objects.ts';
import { Exit, printNote, type Io } from '../io.ts';
import { usage } from '../resources.ts';
import { addClientOptions, openSession } from '../session.ts';
import { findTarget, pickTask } from '../targets.ts';

interface ExecFlags {
  stdin?: boolean;
  tty?: boolean;
}

export function define(command: Command, io: Io): void {
  addClientOptions(command)
    .usage('TASK|SERVICE [flags] -- COMMAND [ARGUMENT...]')
    .argument('<task>', 'a task, or a service whose first running task is taken')
    .argument('[command...]')
    .option('-i, --stdin', 'pass standard input to the command')
    .option('-t, --tty', 'give the command a terminal')
    .addHelpText('after', '\nExamples:\n  dswarm exec web -- date\n  dswarm exec -it task/web-1-x7k2p -- sh')
    .action(async (name: string, words: string[], flags: ExecFlags, self: Command) => {
      if (words.length === 0) throw usage('you must give a command to run', 'Write it after --, as in: dswarm exec web -- date');
      const session = openSession(self, io);
      const task = await pickTask(session, await findTarget(session, name, 'Task'));
      const tty = wantsTty(io, flags);
      const output = { stdout: io.stdout, stderr: io.stderr };
      const request = { command: words, tty, stdin: flags.stdin === true, size: tty ? sizeOf(io) : undefined };
      const execution = await execute(session.client, refOf(task), request, {
        onOutput: (stream, data) => {
          output[stream].write(data);
        },
      });
      const code = await converse(io, execution, { tty, stdin: flags.stdin === true });
      if (code !== 0) throw new Exit(code);
    });
}

/** As kubectl: a terminal needs one on our side too. */
function wantsTty(io: Io, flags: ExecFlags): boolean {
  if (flags.tty !== true) return false;
  if (flags.stdin !== true || io.stdin.isTTY === true) return true;
  printNote(io, 'Unable to use a TTY - input is not a terminal or the right kind of file');
  return false;
}

function sizeOf({ stdout }: Io): { columns: number; rows: number } {
  return { columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 };
}

/** Connects our terminal to the command until it ends, and puts the terminal back as it was whatever happens. */
async function converse(io: Io, execution: Execution, options: { tty: boolean; stdin: boolean }): Promise<number> {
  const restore = options.stdin ? forwardInput(io, execution, options.tty) : (): void => undefined;
  const resize = (): void => {
    const { columns, rows } = sizeOf(io);
    execution.resize(columns, rows);
  };
  if (options.tty) io.stdout.on('resize', resize);
  try {
    return await execution.done;
  } finally {
    io.stdout.off('resize', resize);
    restore();
  }
}

/** In raw mode all keys go to the command, Ctrl-C too. */
function forwardInput(io: Io, execution: Execution, tty: boolean): () => void {
  const { stdin } = io;
  const raw = tty && stdin.isTTY === true;
  const onData = (chunk: Buffer): void => {
    execution.write(chunk);
  };
  const onEnd = (): void => {
    execution.endInput();
  };
  if (raw) stdin.setRawMode?.(true);
  stdin.on('data', onData).on('end', onEnd);
  return () => {
    stdin.off('data', onData).off('end', onEnd);
    if (raw) stdin.setRawMode?.(false);
    stdin.pause();
    // A pipe that is still open would keep the process alive.
    stdin.unref?.();
  };
}
