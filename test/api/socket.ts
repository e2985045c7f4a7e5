import { mkdtempSync, rmSync } from 'node:fs';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Api } from '../../lib/api/app.ts';
import { listenApi, type Listening, type ListenOptions } from '../../lib/api/listen.ts';
import { systemClock } from '../../lib/io/clock.ts';

export interface OnSocket extends Listening {
  path: string;
  dispose(): Promise<void>;
}

/** The API on a unix socket of its own; it closes by the machine's clock, as its connections are real. */
export async function onSocket(api: Api, options: ListenOptions = {}): Promise<OnSocket> {
  const directory = mkdtempSync(join(tmpdir(), 'dswarm-api-'));
  const path = join(directory, 'api.sock');
  const listening = await listenApi({ ...api, deps: { ...api.deps, clock: systemClock } }, { socket: path, ...options });
  const dispose = async (): Promise<void> => {
    await listening.close();
    rmSync(directory, { recursive: true, force: true });
  };
  return { ...listening, path, dispose };
}

export function open(socketPath: string, path: string, options: { method?: string; headers?: Record<string, string> } = {}): ClientRequest {
  return request({ socketPath, path, agent: false, ...options });
}

/** Starts a GET and gives its lines of JSON as they come. */
export async function openStream<T>(
  socketPath: string,
  path: string,
): Promise<{ response: IncomingMessage; next: () => Promise<T>; ended: Promise<void>; close: () => void }> {
  const call = open(socketPath, path);
  const response = await new Promise<IncomingMessage>((resolve, reject) => call.on('response', resolve).on('error', reject).end());
  const lines: T[] = [];
  const waiting: ((line: T) => void)[] = [];
  let rest = '';
  response.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const line = JSON.parse(part) as T;
      const waiter = waiting.shift();
      if (waiter === undefined) lines.push(line);
      else waiter(line);
    }
  });
  const ended = new Promise<void>((resolve) => response.once('close', resolve));
  response.on('error', () => undefined);
  const next = (): Promise<T> => {
    const line = lines.shift();
    return line === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(line);
  };
  return { response, next, ended, close: () => call.destroy() };
}
