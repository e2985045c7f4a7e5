import type { Duplex } from 'node:stream';
import type Dockerode from 'dockerode';
import { sleep, type Clock } from '../../ports/clock.ts';
import type { ExecOptions, ExecSession } from '../../ports/docker.ts';
import type { Modems } from './modem.ts';

type RunCall = <T>(what: string, run: (modems: Modems, signal: AbortSignal) => Promise<T>) => Promise<T>;

export interface ExecRequest {
  /** Container. */
  id: string;
  options: ExecOptions;
  call: RunCall;
  clock: Clock;
}

/** The engine tells the exit code a moment after the stream has ended. */
const EXIT_POLLS = 20;
const EXIT_POLL_MS = 50;

/** Starts a command in a container and takes over (hijacks) the connection as its input and output. */
export async function openExec(request: ExecRequest): Promise<ExecSession> {
  const { id, options, call } = request;
  const asked = { Cmd: options.command, Tty: options.tty, AttachStdin: options.stdin, AttachStdout: true, AttachStderr: true };
  const exec = await call(`execute in container ${id}`, ({ streams }, abortSignal) =>
    streams.getContainer(id).exec({ ...asked, abortSignal }),
  );
  const start = { hijack: true, stdin: options.stdin, Tty: options.tty, Detach: false };
  const stream = await call<Duplex>(`execute in container ${id}`, (_modems, abortSignal) => exec.start({ ...start, abortSignal }));
  return {
    stream,
    resize: async (columns, rows) => {
      await call(`resize the terminal in container ${id}`, (_modems, abortSignal) => exec.resize({ w: columns, h: rows, abortSignal }));
    },
    exitCode: () => readExitCode(request, exec),
  };
}

async function readExitCode(request: ExecRequest, exec: Dockerode.Exec): Promise<number> {
  for (let poll = 0; ; poll += 1) {
    const what = `read the exit code in container ${request.id}`;
    const found = await request.call(what, (_modems, abortSignal) => exec.inspect({ abortSignal } as object));
    if (!found.Running && found.ExitCode !== null) return found.ExitCode;
    if (poll === EXIT_POLLS) throw new Error(`${what}: the command still runs`);
    await sleep(request.clock, EXIT_POLL_MS);
  }
}
