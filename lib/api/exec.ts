import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { DswarmError } from '../errors/error.ts';
import type { ExecOptions, ExecSession } from '../ports/docker.ts';
import { createFrameDecoder, encodeFrame, EXEC_PROTOCOL, FRAME, type ExecExit } from '../types/exec-frames.ts';
import type { ObjectRef, StoredTask } from '../types/objects.ts';
import type { ApiDeps } from './deps.ts';
import { API_ROOT } from './resource.ts';
import { badRequest, notFound } from './status.ts';

const PATH = new RegExp(`^${API_ROOT}/namespaces/([^/]+)/tasks/([^/]+)/exec$`);

export interface ExecRequest {
  task: StoredTask;
  options: ExecOptions;
  size: { columns: number; rows: number } | undefined;
}

/** Reads `POST .../tasks/NAME/exec?command=sh&command=-c&...&tty=true&stdin=true&columns=80&rows=24`. */
export function parseExec(deps: ApiDeps, request: IncomingMessage): ExecRequest {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const match = PATH.exec(url.pathname);
  if (match === null) throw badRequest(`only ${API_ROOT}/namespaces/NAMESPACE/tasks/NAME/exec can be upgraded`);
  if (request.method !== 'POST' || request.headers.upgrade !== EXEC_PROTOCOL)
    throw badRequest(`exec is a POST with "Connection: Upgrade" and "Upgrade: ${EXEC_PROTOCOL}"`);
  const command = url.searchParams.getAll('command');
  if (command.length === 0) throw badRequest('exec needs at least one command parameter');
  const ref: ObjectRef = { kind: 'Task', namespace: decodeURIComponent(match[1] ?? ''), name: decodeURIComponent(match[2] ?? '') };
  const task = deps.store.snapshot().get(ref);
  if (task?.kind !== 'Task') throw notFound(ref);
  const flag = (name: string): boolean => url.searchParams.get(name) === 'true';
  const [columns, rows] = [Number(url.searchParams.get('columns')), Number(url.searchParams.get('rows'))];
  return {
    task,
    options: { command, tty: flag('tty'), stdin: flag('stdin') },
    size: columns > 0 && rows > 0 ? { columns, rows } : undefined,
  };
}

/** Starts the command; once it runs, the connection speaks frames (lib/types/exec-frames.ts). */
export async function startExec(deps: ApiDeps, request: ExecRequest): Promise<ExecSession> {
  if (deps.streams === undefined) throw new DswarmError('DSW_API_UNSUPPORTED', 'this controller reaches no hosts');
  return deps.streams.exec(request.task, request.options);
}

/** Joins a client's connection and a running command until one of the two ends. */
export function joinExec(session: ExecSession, client: Duplex, options: { tty: boolean; size: ExecRequest['size'] }): Promise<void> {
  const resize = ({ columns, rows }: { columns: number; rows: number }): void => {
    // The command may have ended just now; the size of nothing does not matter.
    session.resize(columns, rows).catch(() => undefined);
  };
  if (options.size !== undefined) resize(options.size);
  return new Promise((resolve) => {
    pumpInput(session, client, resize);
    pumpOutput(session, client, options.tty);
    client.once('error', () => client.destroy());
    // End of input has a frame of its own: a client that ends its side has left.
    client.once('end', () => client.destroy());
    client.once('close', () => {
      session.stream.destroy();
      resolve();
    });
    session.stream.once('error', (error) => finish(client, { error: error.message }));
    session.stream.once('end', () => {
      session.exitCode().then(
        (code) => finish(client, { code }),
        (error: unknown) => finish(client, { error: error instanceof Error ? error.message : String(error) }),
      );
    });
  });
}

function finish(client: Duplex, exit: ExecExit): void {
  if (client.writable) client.end(encodeFrame(FRAME.EXIT, Buffer.from(JSON.stringify(exit))));
}

function pumpInput(session: ExecSession, client: Duplex, resize: (size: { columns: number; rows: number }) => void): void {
  const decode = createFrameDecoder();
  client.on('data', (chunk: Buffer) => {
    try {
      for (const { type, payload } of decode(chunk)) {
        if (type === FRAME.RESIZE) resize(JSON.parse(payload.toString()) as { columns: number; rows: number });
        else if (type === FRAME.STDIN && payload.length === 0) session.stream.end();
        else if (type === FRAME.STDIN && session.stream.writable && !session.stream.write(payload)) {
          client.pause();
          session.stream.once('drain', () => client.resume());
        }
      }
    } catch (error) {
      finish(client, { error: `not a stream of frames: ${(error as Error).message}` });
    }
  });
}

function pumpOutput(session: ExecSession, client: Duplex, tty: boolean): void {
  const forward = (frame: Buffer): void => {
    if (!client.writable || client.write(frame)) return;
    session.stream.pause();
    client.once('drain', () => session.stream.resume());
  };
  // With a terminal the engine sends plain bytes; without, frames of the very shape that we use.
  session.stream.on('data', (chunk: Buffer) => forward(tty ? encodeFrame(FRAME.STDOUT, chunk) : chunk));
}
