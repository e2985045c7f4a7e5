import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import type { LogChunk, LogOptions } from '../../ports/docker.ts';
import { Demultiplexer } from './frames.ts';
import { dial } from './modem.ts';

/** Always as a stream: dockerode reads a log that is not followed as a whole, and as JSON where it can. */
export function openLogs(client: Dockerode, id: string, options: LogOptions, abortSignal: AbortSignal): Promise<Readable> {
  const query = {
    stdout: true,
    stderr: true,
    follow: options.follow,
    timestamps: options.timestamps,
    ...(options.tail === undefined ? {} : { tail: options.tail }),
    ...(options.since === undefined ? {} : { since: (options.since / 1000).toFixed(3) }),
  };
  return dial(client, {
    path: `/containers/${id}/logs?`,
    method: 'GET',
    options: query,
    abortSignal,
    isStream: true,
    statusCodes: { 200: true },
  });
}

/** With a tty the engine sends the output as it is, without frames. */
export async function* readLogs(stream: AsyncIterable<Buffer>, tty: boolean): AsyncGenerator<LogChunk> {
  const frames = new Demultiplexer();
  for await (const data of stream) {
    if (tty) yield { stream: 'stdout', data };
    else yield* frames.push(data);
  }
}
