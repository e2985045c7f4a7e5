import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { DswarmError } from '../errors/error.ts';
import { createFrameDecoder, encodeFrame, EXEC_PROTOCOL, FRAME, type ExecExit, type Frame } from '../types/exec-frames.ts';
import type { ObjectRef } from '../types/objects.ts';
import { objectPath, type Client } from './client.ts';
import { StatusError, statusFrom } from './status.ts';
import { explain, open, readText } from './transport.ts';

export interface ExecRequest {
  command: readonly string[];
  tty: boolean;
  stdin: boolean;
  /** Of our terminal, so that the command starts with it. */
  size?: { columns: number; rows: number } | undefined;
}

export interface ExecHandlers {
  onOutput(stream: 'stdout' | 'stderr', data: Buffer): void;
}

/** A command under way in a task's container. */
export interface Execution {
  write(data: Uint8Array): void;
  endInput(): void;
  resize(columns: number, rows: number): void;
  /** The command's exit code. Rejects where the connection or the host is lost. */
  readonly done: Promise<number>;
}

export async function execute(client: Client, task: ObjectRef, request: ExecRequest, handlers: ExecHandlers): Promise<Execution> {
  const { socket, head } = await upgrade(client, task, request);
  const done = receive(socket, head, handlers);
  const send = (frame: Buffer): void => {
    if (socket.writable) socket.write(frame);
  };
  return {
    write: (data) => {
      send(encodeFrame(FRAME.STDIN, data));
    },
    endInput: () => {
      send(encodeFrame(FRAME.STDIN, Buffer.alloc(0)));
    },
    resize: (columns, rows) => {
      send(encodeFrame(FRAME.RESIZE, Buffer.from(JSON.stringify({ columns, rows }))));
    },
    done,
  };
}

async function upgrade(client: Client, task: ObjectRef, request: ExecRequest): Promise<{ socket: Duplex; head: Buffer }> {
  const call = await open(client.address, {
    method: 'POST',
    path: `${objectPath(task)}/exec`,
    query: { command: request.command, tty: request.tty, stdin: request.stdin, ...request.size },
    headers: { connection: 'Upgrade', upgrade: EXEC_PROTOCOL },
  });
  return new Promise((resolve, reject) => {
    call.on('upgrade', (_: IncomingMessage, socket: Duplex, head: Buffer) => {
      resolve({ socket, head });
    });
    call.on('response', (response: IncomingMessage) => {
      readText(response).then((text) => {
        reject(new StatusError(statusFrom(response.statusCode ?? 0, text)));
      }, reject);
    });
    call.on('error', (error: NodeJS.ErrnoException) => {
      reject(explain(client.address, error));
    });
    call.end();
  });
}

function receive(socket: Duplex, head: Buffer, handlers: ExecHandlers): Promise<number> {
  const decode = createFrameDecoder();
  return new Promise((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      for (const frame of decode(chunk)) {
        if (frame.type === FRAME.EXIT) settle(frame, { resolve, reject });
        else handlers.onOutput(frame.type === FRAME.STDERR ? 'stderr' : 'stdout', frame.payload);
      }
    };
    take(head);
    socket.on('data', take);
    socket.on('error', reject);
    socket.on('close', () => {
      reject(new DswarmError('DSW_CONTROLLER_GONE', 'the connection was lost before the command ended'));
    });
  });
}

interface Settle {
  resolve: (code: number) => void;
  reject: (error: Error) => void;
}

function settle(frame: Frame, { resolve, reject }: Settle): void {
  const exit = JSON.parse(frame.payload.toString('utf8')) as ExecExit;
  if ('code' in exit) resolve(exit.code);
  else reject(new DswarmError('DSW_CONTROLLER_GONE', exit.error));
}
