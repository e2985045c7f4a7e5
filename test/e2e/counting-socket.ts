import { createConnection, createServer, type Server } from 'node:net';
import { rm } from 'node:fs/promises';

const WRITE = /^(POST|PUT|DELETE) (\S+) HTTP\/1\.1\r\n/;

/** A socket before an engine's own that counts the calls that change something: what the engine was really asked, by whatever client. */
export class CountingSocket {
  readonly path: string;
  readonly writes: string[] = [];
  readonly #server: Server;

  private constructor(path: string, engine: string) {
    this.path = path;
    this.#server = createServer((client) => {
      const upstream = createConnection(engine);
      client.on('data', (chunk: Buffer) => {
        const request = WRITE.exec(chunk.toString('latin1', 0, 512));
        if (request !== null) this.writes.push(`${request[1] ?? ''} ${request[2] ?? ''}`);
      });
      client.pipe(upstream).pipe(client);
      for (const [one, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        one.on('error', () => other.destroy());
        one.on('close', () => other.destroy());
      }
    });
  }

  static async open(path: string, engine: string): Promise<CountingSocket> {
    await rm(path, { force: true });
    const socket = new CountingSocket(path, engine);
    await new Promise<void>((resolve, reject) => {
      socket.#server.once('error', reject);
      socket.#server.listen(path, resolve);
    });
    return socket;
  }

  async close(): Promise<void> {
    this.#server.close();
    await rm(this.path, { force: true });
  }
}
