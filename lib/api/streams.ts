import type { Duplex } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { DswarmError } from '../errors/error.ts';
import type { ApiDeps, ApiLimits } from './deps.ts';

/** A response that goes on until one of the two sides ends it. */
export interface LineStream {
  /** Writes one line of JSON; false: the stream has ended. */
  write(value: unknown): boolean;
  /** Resolves once the reader has caught up, or is gone: for what can wait, as logs can. */
  drained(): Promise<void>;
  end(): void;
  /** Calls once when the stream has ended, from whichever side. */
  onEnd(call: () => void): void;
  readonly signal: AbortSignal;
}

/** Counts the open streams, and ends them all when the API closes. */
export class StreamPool {
  readonly #open = new Set<LineStream>();
  readonly #sockets = new Set<Duplex>();
  readonly #deps: ApiDeps;
  readonly #limits: ApiLimits;

  constructor(deps: ApiDeps, limits: ApiLimits) {
    this.#deps = deps;
    this.#limits = limits;
  }

  /** Takes over the response. Throws DSW_API_BUSY when there are too many already. */
  open(reply: FastifyReply): LineStream {
    if (this.#open.size >= this.#limits.streams) throw new DswarmError('DSW_API_BUSY', `${this.#open.size} watches and streams are open`);
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache' });
    raw.flushHeaders();
    const abort = new AbortController();
    const drains = new Set<() => void>();
    const wake = (): void => {
      for (const resolve of drains) resolve();
      drains.clear();
    };
    raw.on('drain', wake);
    const stream: LineStream = {
      write: (value) => {
        if (raw.destroyed || raw.writableEnded) return false;
        raw.write(`${JSON.stringify(value)}\n`);
        if (raw.writableLength <= this.#limits.backlog) return true;
        this.#deps.metrics.count('dswarm_api_watches_dropped_total');
        raw.destroy();
        return false;
      },
      drained: () => new Promise((resolve) => (raw.writableNeedDrain && !raw.destroyed ? drains.add(resolve) : resolve())),
      end: () => raw.end(),
      onEnd: (call) => abort.signal.addEventListener('abort', call, { once: true }),
      signal: abort.signal,
    };
    this.#track(stream, 1);
    raw.once('close', () => {
      this.#track(stream, -1);
      abort.abort();
      wake();
    });
    return stream;
  }

  /** Destroys a connection of another kind when all is closed. */
  closeWith(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  closeAll(): void {
    for (const stream of this.#open) stream.end();
    for (const socket of this.#sockets) socket.destroy();
  }

  #track(stream: LineStream, by: 1 | -1): void {
    if (by === 1) this.#open.add(stream);
    else this.#open.delete(stream);
    this.#deps.metrics.set('dswarm_api_watches', this.#open.size);
  }
}
